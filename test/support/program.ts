import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { ROOT } from '#scripts/lib/folders.ts'

/** How long a program may take to say or to do what a test waits for, on a busy machine. */
const PATIENCE_MS = 60_000

export interface ProgramOptions {
  /** Over the variables of this process; undefined takes one away. */
  env?: Readonly<Record<string, string | undefined>>
  /** A process group of its own, which `signalGroup` reaches like a terminal's Ctrl-C. */
  ownGroup?: boolean
}

/** A real process of a test, its output kept. */
export class Program {
  readonly child: ChildProcess
  #output = ''
  readonly #wakeUps = new Set<() => void>()
  readonly #exited: Promise<number | NodeJS.Signals>

  constructor(command: string, args: readonly string[], options: ProgramOptions = {}) {
    const env = { ...process.env, ...options.env }
    for (const [name, value] of Object.entries(env)) if (value === undefined) delete env[name]
    this.child = spawn(command, args, { cwd: ROOT, env, detached: options.ownGroup ?? false, stdio: 'pipe' })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#wake()
      })
    }
    this.#exited = once(this.child, 'close').then(([code, signal]) => {
      this.#wake()
      return (code ?? signal) as number | NodeJS.Signals
    })
  }

  /** A script of the repository. */
  static script(file: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    return new Program(process.execPath, [file, ...args], options)
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program did not start')
    return this.child.pid
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  write(line: string): void {
    this.child.stdin?.write(`${line}\n`)
  }

  /** Resolves when the output contains `text` at least `times` times. Throws, with the output, when it ends before. */
  async says(text: string, times = 1): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (this.#output.split(text).length <= times) {
      const left = deadline - Date.now()
      if (this.hasExited || left <= 0) throw new Error(`the program did not say "${text}". It said:\n${this.#output}`)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          this.#wakeUps.delete(done)
          resolve()
        }
        const timer = setTimeout(done, left)
        this.#wakeUps.add(done)
      })
    }
  }

  /** Exit code, or the signal that ended it. */
  exited(): Promise<number | NodeJS.Signals> {
    return this.#exited
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.hasExited) this.child.kill(signal)
  }

  /** What a terminal does at Ctrl-C: every process of the group gets the signal. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal)
  }

  #wake(): void {
    for (const wakeUp of this.#wakeUps) wakeUp()
  }
}
