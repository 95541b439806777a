/** The load generator, as the runner sees it. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Commands } from './commands.ts'

export interface Request {
  readonly command: keyof Commands
  readonly options: unknown
}

export type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }

type Options<TName extends keyof Commands> = Parameters<Commands[TName]>[0]
type Value<TName extends keyof Commands> = Awaited<ReturnType<Commands[TName]>>

export class Generator {
  readonly #child: ChildProcess

  constructor() {
    this.#child = fork(new URL('process.ts', import.meta.url), { serialization: 'advanced' })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Runs one command; one at a time. Throws when it failed, or when the process died. */
  async run<TName extends keyof Commands>(command: TName, options: Options<TName>): Promise<Value<TName>> {
    this.#child.send({ command, options })
    const ended = new AbortController()
    const { signal } = ended
    const died = once(this.#child, 'exit', { signal }).then((): never => {
      throw new Error(`${command}: the load generator died`)
    })
    try {
      const [answer] = (await Promise.race([once(this.#child, 'message', { signal }), died])) as [Answer]
      if (!answer.ok) throw new Error(`${command}: ${answer.message}`)
      return answer.value as Value<TName>
    } finally {
      // Takes the listeners off that did not fire.
      ended.abort()
    }
  }

  close(): void {
    this.#child.kill()
  }
}
