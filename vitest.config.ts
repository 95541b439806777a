import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const WORKERD = '**/*.workerd.test.ts'
const SYSTEM = 'test/system/**/*.test.ts'
const BROWSER = '**/*.browser.test.ts'
const NEVER = ['**/node_modules/**', '**/dist/**', '**/.data/**']

/**
 * One project per runtime. `node`: rules, stores, cryptography and the embedded database. `workerd`: the objects and the
 * edge, inside the runtime, with `runInDurableObject` and evictions. `system`: real processes, one file at a time.
 * `browser`: the built web client in Chromium, on a real relay.
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
          include: ['**/*.test.ts'],
          exclude: [...NEVER, WORKERD, SYSTEM, BROWSER],
          testTimeout: 30_000,
          hookTimeout: 60_000,
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
                REGISTRATIONS_PER_HOUR: '1000000',
              },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: [WORKERD],
          exclude: NEVER,
          globalSetup: ['./test/workerd/database.setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'system',
          include: [SYSTEM],
          exclude: NEVER,
          globalSetup: ['./test/system/shared.setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'browser',
          include: [BROWSER],
          exclude: NEVER,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
