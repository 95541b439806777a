/**
 * `npm run lift -- <whom>`: ends, before its time, what the watch of a relay put upon somebody: an account by its id, a network address, or a
 * subject as an alert names it (`n.…`). Of the relay that runs on this machine; or, with RELAY_URL and OPERATOR_SECRET, of any.
 */

import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { AccountId } from '#protocol/primitives.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { askAsOperator } from './lib/operator.ts'

const Answer = v.object({ subject: v.string(), lifted: v.picklist(['clear', 'slowed', 'blocked']) })

function whose(named: string): object {
  if (named.startsWith('n.')) return { subject: named }
  if (named.startsWith('a.')) throw new Failure('Which account a subject is cannot be computed: name the account’s id.')
  if (isIP(named) !== 0) return { address: named }
  if (v.safeParse(AccountId, named).success) return { account: named }
  throw new Failure(`"${named}" is no account’s id, no address and no subject.`)
}

await runCommand(async () => {
  const { positionals } = parseArgs({ allowPositionals: true })
  const [named, ...more] = positionals
  if (named === undefined || more.length > 0)
    throw new Failure('Name one: npm run lift -- <account id, address or n.…>')
  const { subject, lifted } = await askAsOperator('/operator/lifts', whose(named), Answer)
  process.stdout.write(
    lifted === 'clear' ? `${subject}: nothing was in force.\n` : `${subject}: no longer ${lifted}.\n`,
  )
})
