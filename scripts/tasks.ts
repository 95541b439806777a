/**
 * `npm run tasks`: has a relay do its scheduled tasks now, all of them or those that are named. Of the relay that runs on this machine; or, with RELAY_URL and
 * OPERATOR_SECRET, of any.
 */

import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { Failure, runCommand } from './lib/failure.ts'
import { dataFolders } from './lib/folders.ts'
import { parsePort } from './lib/ports.ts'
import { loadOperatorSecret } from './lib/secrets.ts'

const { env } = process

const Answer = v.object({
  runs: v.array(v.object({ task: v.string(), done: v.number(), isMore: v.boolean(), failed: v.boolean() })),
})

await runCommand(async () => {
  const { positionals } = parseArgs({ allowPositionals: true })
  const url = env['RELAY_URL'] || `http://127.0.0.1:${parsePort(env['PORT'], 8787)}`
  const given = env['OPERATOR_SECRET']
  if (env['RELAY_URL'] && !given) throw new Failure('OPERATOR_SECRET is not set: the secret of that relay.')
  const secret = given || (await loadOperatorSecret(dataFolders(env['DATA_DIR']).secrets))
  const response = await fetch(new URL('/operator/tasks', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(positionals.length > 0 ? { tasks: positionals } : {}),
  }).catch((error: unknown) => {
    throw new Failure(`No relay answers at ${url}: ${(error as Error).message}.`)
  })
  const parsed = v.safeParse(Answer, await response.json().catch(() => undefined))
  if (!parsed.success) throw new Failure(`The relay answered with status ${response.status}.`)
  for (const { task, done, isMore, failed } of parsed.output.runs) {
    process.stdout.write(
      `${task}: ${done}${failed ? ', failed: see the relay’s log' : isMore ? ', and there is more' : ''}\n`,
    )
  }
  if (parsed.output.runs.some(({ failed }) => failed)) process.exitCode = 1
})
