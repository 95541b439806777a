import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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
