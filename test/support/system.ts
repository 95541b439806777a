import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '#db/client.ts'
import type { DatabaseVariables } from '#scripts/lib/database.ts'
import { findFreePort } from '#scripts/lib/ports.ts'
import { Program } from './program.ts'

const SETTINGS = { REGISTRATIONS_PER_HOUR: '100000', REGISTRATION: undefined, DATABASE_URL: undefined, HOST: undefined }

export interface TestSystemOptions {
  /** A folder to keep over several systems; one of its own otherwise, removed by `stop`. */
  dataDir?: string
  env?: Readonly<Record<string, string | undefined>>
  /** A fresh database's folder to begin with a copy of: making one takes the embedded PostgreSQL seconds. */
  cluster?: string
}

/** A whole relay as `npm start` runs it: real processes, data and a port of its own. */
export class TestSystem {
  readonly url: string
  readonly dataDir: string
  readonly program: Program
  readonly #temporary: boolean

  private constructor(url: string, dataDir: string, program: Program, temporary: boolean) {
    this.url = url
    this.dataDir = dataDir
    this.program = program
    this.#temporary = temporary
  }

  static async start(options: TestSystemOptions = {}): Promise<TestSystem> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'silentrelay-system-')))
    if (options.cluster !== undefined) await cp(options.cluster, join(dataDir, 'postgres'), { recursive: true })
    const port = await findFreePort()
    const env = { ...SETTINGS, ...options.env, PORT: String(port), DATA_DIR: dataDir }
    const program = Program.script('scripts/start.ts', [], { env })
    const system = new TestSystem(`http://127.0.0.1:${port}`, dataDir, program, options.dataDir === undefined)
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

  /** Stops it as Ctrl-C does. Answers the exit code. */
  async stop(): Promise<number | NodeJS.Signals> {
    this.program.signal('SIGINT')
    const code = await this.program.exited()
    if (this.#temporary) await rm(this.dataDir, { recursive: true, force: true })
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

/** Asks until the condition holds. Throws after a minute, saying what was awaited. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited a minute for ${what}, in vain`)
    await sleep(100)
  }
}
