/**
 * `npm run tasks`: has a relay do its scheduled tasks now, all of them or those that are named. Of the relay that runs on this machine; or, with RELAY_URL and
 * OPERATOR_SECRET, of any.
 */

import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { runCommand } from './lib/failure.ts'
import { askAsOperator } from './lib/operator.ts'

const Answer = v.object({
  runs: v.array(v.object({ task: v.string(), done: v.number(), isMore: v.boolean(), failed: v.boolean() })),
})

await runCommand(async () => {
  const { positionals } = parseArgs({ allowPositionals: true })
  const { runs } = await askAsOperator('/operator/tasks', positionals.length > 0 ? { tasks: positionals } : {}, Answer)
  for (const { task, done, isMore, failed } of runs) {
    process.stdout.write(
      `${task}: ${done}${failed ? ', failed: see the relay’s log' : isMore ? ', and there is more' : ''}\n`,
    )
  }
  if (runs.some(({ failed }) => failed)) process.exitCode = 1
})
