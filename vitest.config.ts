import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const WORKERD = '**/*.workerd.test.ts'
const SYSTEM = 'test/system/**/*.test.ts'
const BROWSER = '**/*.browser.test.ts'
/** Looks at every screen of the seeded client, without a relay. */
const SCREENS = 'test/browser/accessibility.browser.test.ts'
/** No budget: what takes so long does not end. A busy machine is several times slower than an idle one. */
const STUCK_MS = 180_000
/** On two cores: while some files wait for what they started, or for a timer, others go on. Four took a sixth less time than three. */
const WAITING_WORKERS = 4
const NEVER = ['**/node_modules/**', '**/dist/**', '**/.data/**']

/**
 * One project per runtime, one group after the other (`groupOrder`); the projects of a group share its workers. `node`: rules, stores, cryptography and the embedded database. `workerd`: the objects and the
 * edge, inside the runtime, with `runInDurableObject` and evictions. Then, together, what mostly waits: `system`, real processes; `browser`,
 * the built web client in Chromium, on a real relay; and `screens`, which does not wait, and takes what they leave of the machine.
 */
export default defineConfig({
  test: {
    // What a passing test prints is noise: workerd's console holds the log of every request.
    silent: 'passed-only',
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'node',
          // Files share what they import: a third of the time. None may leave anything behind in it.
          isolate: false,
          unstubGlobals: true,
          restoreMocks: true,
          include: ['**/*.test.ts'],
          exclude: [...NEVER, WORKERD, SYSTEM, BROWSER],
          testTimeout: STUCK_MS,
          hookTimeout: STUCK_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                DATABASE_URL: inject('databaseUrl'),
                DATABASE_HTTP_ENDPOINT: inject('databaseEndpoint'),
                // Any 32 octets: nothing of a test run outlives it.
                TOKEN_SECRET: Buffer.alloc(32, 7).toString('base64url'),
                AUDIT_SIGNING_KEY: Buffer.alloc(32, 5).toString('base64url'),
                KEY_LOG_SECRET: Buffer.alloc(32, 8).toString('base64url'),
                SEALED_SENDER_SECRET: Buffer.alloc(32, 6).toString('base64url'),
                KEY_LOG_BATCH_MS: '1',
                // Nobody goes there: parts are put by the binding.
                MEDIA_S3_ENDPOINT: 'https://storage.test',
                MEDIA_S3_ACCESS_KEY_ID: 'test',
                MEDIA_S3_SECRET_ACCESS_KEY: 'secret',
                REGISTRATIONS_PER_HOUR: '1000000',
                ALERT_WEBHOOK_URL: `${inject('alertReceiver')}/hook`,
                ALERT_WEBHOOK_SECRET: Buffer.alloc(32, 9).toString('base64url'),
              },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: [WORKERD],
          exclude: NEVER,
          globalSetup: ['./test/workerd/database.setup.ts'],
          testTimeout: STUCK_MS,
          hookTimeout: STUCK_MS,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'system',
          // Files share what they import.
          isolate: false,
          include: [SYSTEM],
          exclude: NEVER,
          globalSetup: ['./test/system/shared.setup.ts'],
          testTimeout: STUCK_MS,
          hookTimeout: STUCK_MS,
          maxWorkers: WAITING_WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'screens',
          include: [SCREENS],
          exclude: NEVER,
          globalSetup: ['./test/browser/chromium.setup.ts'],
          testTimeout: STUCK_MS,
          hookTimeout: STUCK_MS,
          maxWorkers: WAITING_WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          // Files share what they import, and the browser of their worker.
          isolate: false,
          include: [BROWSER],
          exclude: [...NEVER, SCREENS],
          globalSetup: ['./test/browser/chromium.setup.ts', './test/browser/shared.setup.ts'],
          testTimeout: STUCK_MS,
          hookTimeout: STUCK_MS,
          maxWorkers: WAITING_WORKERS,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
