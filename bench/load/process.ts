/** The load generator's process: takes one command after the other over the channel that `fork` makes. */

import { COMMANDS } from './commands.ts'
import type { Request, Answer } from './generator.ts'

async function run({ command, options }: Request): Promise<Answer> {
  try {
    // The types of `generator.ts` tie each command to its options; across the channel they are lost.
    const work = COMMANDS[command] as (options: unknown) => Promise<unknown>
    return { ok: true, value: await work(options) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

process.on('message', (request) => {
  void run(request as Request).then((answer) => process.send?.(answer))
})
