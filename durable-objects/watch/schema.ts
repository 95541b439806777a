import type { Migrations } from '../migrations.ts'

export const MIGRATIONS: Migrations = [
  [
    // `level` is an index into LEVELS, `because` a bit for each of SIGNALS, both in watching.ts.
    `CREATE TABLE standings (
       subject TEXT PRIMARY KEY,
       score REAL NOT NULL,
       at INTEGER NOT NULL,
       because INTEGER NOT NULL,
       level INTEGER NOT NULL,
       until INTEGER NOT NULL,
       blocks INTEGER NOT NULL
     ) WITHOUT ROWID`,
    'CREATE INDEX standings_at ON standings (at)',
    // Events for the audit log, as in an account's object (user/audit-outbox.ts).
    `CREATE TABLE audit_outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)`,
    `CREATE TABLE watch (
       id INTEGER PRIMARY KEY CHECK (id = 1),
       audit_dropped INTEGER NOT NULL DEFAULT 0,
       audit_failures INTEGER NOT NULL DEFAULT 0,
       audit_due_at INTEGER NOT NULL DEFAULT 0,
       alerts_full_at REAL NOT NULL DEFAULT 0,
       alerts_omitted INTEGER NOT NULL DEFAULT 0
     )`,
    'INSERT INTO watch (id) VALUES (1)',
    // Alerts on their way: one row for each place that they go to.
    `CREATE TABLE alerts (
       seq INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL,
       channel TEXT NOT NULL,
       body TEXT NOT NULL,
       attempts INTEGER NOT NULL,
       due_at INTEGER NOT NULL
     )`,
  ],
]
