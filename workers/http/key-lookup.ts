/** Looks accounts up in the key log: what proves comes from the log, what opens from each account's object. */

import { errorFields, log } from '#durable-objects/log.ts'
import type { AnswerAt, KeyLogCalls } from '#durable-objects/key-log/rpc.ts'
import type { OpenedLeaf } from '#durable-objects/user/key-log-desk.ts'
import type { Result } from '#durable-objects/user/relay.ts'
import type * as v from 'valibot'
import type { AskedAccount, KeyLogAnswer, keyLogLookup } from '#protocol/http/key-log.ts'
import type { RequestContext } from './context.ts'
import { Failure } from './failure.ts'
import { ask } from './serve.ts'

/** How often a lookup is made again when lists change under it. */
const TURNS = 3

type Opened = Result<OpenedLeaf | undefined>

/** One answer for all accounts, under one checkpoint. An account that cannot be answered for does not keep the others from it. */
export async function lookUp(
  context: RequestContext,
  keyLog: KeyLogCalls,
  { accounts, pinned }: v.InferOutput<typeof keyLogLookup.request>,
): Promise<KeyLogAnswer> {
  const indexes = accounts.map(({ index }) => index)
  let former: readonly (Opened | undefined)[] = []
  for (let turn = 1; ; turn += 1) {
    const opened = await Promise.all(accounts.map(async (asked, at) => former[at] ?? openLeaf(context, asked)))
    if (opened.some((one) => !one.ok && one.code === 'malformed')) throw new Failure('malformed', { detail: 'index' })
    const { head, at } = await ask(keyLog.lookup({ indexes, since: pinned }))
    const answers = opened.map((one, place) => answerOf(one, at[place]))
    if (turn === TURNS || answers.every((answer) => answer !== undefined)) {
      return { ...head, accounts: answers.map((answer) => answer ?? { failed: 'relayUnavailable' }) }
    }
    // A list that was replaced between the two questions is opened again.
    former = opened.map((one, place) => (answers[place] === undefined ? undefined : one))
  }
}

async function openLeaf(context: RequestContext, { account, index, known }: AskedAccount): Promise<Opened> {
  const { correlationId } = context
  try {
    return await context.relay(account).openLeaf({ account, correlationId, index, known })
  } catch (error) {
    log('warn', 'relay.failed', { correlationId, ...errorFields(error) })
    return { ok: false, code: 'relayUnavailable' }
  }
}

/** `undefined` when the log has another version than what was opened: a later one, or one that this relay lost. */
function answerOf(opened: Opened, at: AnswerAt | undefined): KeyLogAnswer['accounts'][number] | undefined {
  if (!opened.ok || at === undefined) return { failed: 'relayUnavailable' }
  const { proof, version } = at
  if (opened.value === undefined) {
    // An account that the log has, and nobody here: its list cannot be shown.
    return version === undefined ? proof : { failed: 'unknownRecipient' }
  }
  if (proof.entry === undefined || version !== opened.value.version) return undefined
  return { ...proof, entry: { ...proof.entry, opened: opened.value.opened } }
}
