import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { type Database, openDatabase } from '#db/client.ts'
import { copyTemplate } from '#db/local/test/template.ts'
import type { DatabaseVariables } from '#scripts/lib/database.ts'
import { findFreePort } from '#scripts/lib/ports.ts'
import { Program } from './program.ts'

const SETTINGS = {
  REGISTRATIONS_PER_HOUR: '100000',
  REGISTRATION: undefined,
  DATABASE_URL: undefined,
  HOST: undefined,
  // Nobody waits for others to be logged with.
  KEY_LOG_BATCH_MS: '1',
}

export interface TestSystemOptions {
  env?: Readonly<Record<string, string | undefined>>
}

/** A whole relay as `npm start` runs it: real processes, data and a port of its own. */
export class TestSystem {
  readonly url: string
  readonly dataDir: string
  readonly program: Program

  private constructor(url: string, dataDir: string, program: Program) {
    this.url = url
    this.dataDir = dataDir
    this.program = program
  }

  static async start(options: TestSystemOptions = {}): Promise<TestSystem> {
    const dataDir = await mkdtemp(join(tmpdir(), 'silentrelay-system-'))
    await copyTemplate(join(dataDir, 'postgres'))
    const port = await findFreePort()
    const env = { ...SETTINGS, ...options.env, PORT: String(port), DATA_DIR: dataDir }
    const program = Program.script('scripts/start.ts', [], { env })
    const system = new TestSystem(`http://127.0.0.1:${port}`, dataDir, program)
    await program.says('is ready')
    return system
  }

  /** SIGKILL for workerd, as the kernel would; resolves when `npm start` has it running again. */
  async crashEdge(): Promise<void> {
    const times = this.program.output.split('workerd is back').length
    process.kill(await this.edgePid(), 'SIGKILL')
    await this.program.says('workerd is back', times)
  }

  async edgePid(): Promise<number> {
    return Number(await readFile(join(this.dataDir, 'edge', 'workerd.pid'), 'utf8'))
  }

  /** The relay's database, through its bridge: the embedded PostgreSQL takes one connection. */
  database(): Promise<Database> {
    return runningDatabase(this.dataDir)
  }

  /** What the system has written to its log. */
  log(): Promise<string> {
    return readFile(join(this.dataDir, 'log', 'edge.log'), 'utf8')
  }

  /** Stops it as Ctrl-C does, and removes its data. Answers the exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.program.signal('SIGINT')
    const code = await this.program.exited()
    await rm(this.dataDir, { recursive: true, force: true })
    return code
  }
}

/** The database of the relay that runs on this data. */
export async function runningDatabase(dataDir: string): Promise<Database> {
  const file = join(dataDir, 'secrets', 'database.json')
  const variables = JSON.parse(await readFile(file, 'utf8')) as DatabaseVariables
  return openDatabase({
    url: variables.DATABASE_URL,
    fetchEndpoint: variables.DATABASE_HTTP_ENDPOINT,
    timeoutMs: 30_000,
  })
}

/**
 * All files below a folder of a relay's data, octet for octet. They are read anew when one is gone meanwhile: an object that
 * goes to sleep takes its log with it, and what was in that is in another file then.
 */
export async function filesOf(dataDir: string, folder: string): Promise<{ path: string; content: Buffer }[]> {
  for (;;) {
    const entries = await readdir(join(dataDir, folder), { recursive: true, withFileTypes: true })
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    try {
      return await Promise.all(paths.map(async (path) => ({ path, content: await readFile(path) })))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

/** Asks until the condition holds. Throws after a minute, saying what was awaited. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited a minute for ${what}, in vain`)
    await sleep(100)
  }
}

/** Every row of every table of a relay's database, each as text. */
export async function rowsOf(dataDir: string): Promise<string[]> {
  const database = await runningDatabase(dataDir)
  const tables = await database.run((statements) =>
    statements.execute<{ name: string }>(
      sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
    ),
  )
  const found: string[] = []
  for (const { name } of tables.rows) {
    const all = await database.run((statements) =>
      statements.execute<{ row: string }>(sql`select t::text as row from ${sql.identifier(name)} t`),
    )
    found.push(...all.rows.map(({ row }) => row))
  }
  return found
}

/** Every row of every object of a relay, each as text with its octets in hexadecimal. Reads copies: the objects are in use. */
export async function objectRowsOf(dataDir: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-objects-'))
  try {
    const files = await filesOf(dataDir, 'edge')
    // With its log, in which the newest rows stand. Not the shared memory beside it: SQLite makes that anew.
    const parts = files.filter(({ path }) => /\.sqlite(-wal)?$/.test(path))
    const named = parts.map(({ path, content }) => ({ name: path.replaceAll('/', '_'), content }))
    await Promise.all(named.map(({ name, content }) => writeFile(join(folder, name), content)))
    return named.filter(({ name }) => name.endsWith('.sqlite')).flatMap(({ name }) => rowsIn(join(folder, name)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function rowsIn(file: string): string[] {
  const database = new DatabaseSync(file)
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    return tables.flatMap(({ name }) => {
      const statement = database.prepare(`SELECT * FROM "${String(name)}"`)
      // Some of the platform's numbers are larger than JavaScript's.
      statement.setReadBigInts(true)
      return statement.all().map((row) => JSON.stringify(row, asText))
    })
  } finally {
    database.close()
  }
}

function asText(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return typeof value === 'bigint' ? String(value) : value
}
