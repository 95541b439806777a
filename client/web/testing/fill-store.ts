/**
 * Fills this browser profile's real, encrypted store with conversations, for measurements. No part of the client: nothing
 * imports it. Runs where no engine does, since it takes the store's lock.
 */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import {
  ACCOUNT,
  type ConversationRecord,
  accountRecord,
  conversationKey,
  conversationRecord,
  messageKey,
  parseRecord,
  seenKey,
} from '#sdk/session/records.ts'
import type { Change, Store } from '#sdk/store/store.ts'
import { openStore } from './open-store.ts'

export interface FilledConversation {
  /** Named like this to begin with; of the store's conversation with this name, where it has one. */
  readonly name: string
  /** How many messages it has afterwards. They say "<name> <number>" and some more. */
  readonly messages: number
}

/** Records of one commit. */
const BATCH = 1_000
/** Between two messages, in milliseconds. */
const PACE_MS = 9 * 60_000

const WORDS =
  'the train is late again so please start without me and keep a seat near the window if there is one left thanks'.split(
    ' ',
  )

/** From a word to several lines, so that rows differ in height as real ones do; the same for the same number. */
function bodyOf(name: string, number: number): string {
  const length = number % 17 === 0 ? 90 : number % 5 === 0 ? 28 : (number * 7) % 13
  const words = Array.from({ length }, (_, at) => WORDS[(number + at * at) % WORDS.length])
  return `${name} ${number}${number % 23 === 0 ? '\n' : ': '}${words.join(' ')}`
}

/** In the order of the list: the first is the newest. Answers how many messages were written. */
export async function fillStore(conversations: readonly FilledConversation[]): Promise<number> {
  const store = await openStore('account')
  try {
    const own = parseRecord(accountRecord, (await store.get(ACCOUNT)) ?? null)
    const known = (await store.all('conversation')).map(({ partition, value }) => ({
      account: partition,
      record: parseRecord(conversationRecord, value),
    }))
    let written = 0
    for (const [at, { name, messages }] of conversations.entries()) {
      const existing = known.find(({ record }) => record.name === name)
      const account = existing?.account ?? toBase64url(randomBytes(16))
      const record = existing?.record ?? { nextOrder: 1, unread: 0, readUpTo: 0, lastAt: 0, name, profileSent: true }
      const end = Date.now() - at * 60_000
      written += await fill(store, own.account, account, record, { name, messages, end })
    }
    return written
  } finally {
    await store.close()
  }
}

/** As the engine would have them: each with its place, all read. */
async function fill(
  store: Store,
  own: string,
  account: string,
  before: ConversationRecord,
  { name, messages, end }: { readonly name: string; readonly messages: number; readonly end: number },
): Promise<number> {
  let batch: Change[] = []
  for (let order = before.nextOrder; order <= messages; order += 1) {
    const id = toBase64url(randomBytes(16))
    const author = order % 3 === 0 ? own : account
    const value = {
      id,
      from: { account: author },
      at: end - (messages - order) * PACE_MS,
      state: author === own ? 'read' : 'received',
      content: { kind: 'text', body: bodyOf(name, order) },
    }
    batch.push(
      { put: messageKey(account, order), value },
      { put: seenKey(author, id), value: { conversation: account, order } },
    )
    if (batch.length >= BATCH) {
      await store.commit(batch)
      batch = []
    }
  }
  const last = Math.max(messages, before.nextOrder - 1)
  const value = { ...before, nextOrder: last + 1, readUpTo: last, unread: 0, lastAt: end }
  await store.commit([...batch, { put: conversationKey(account), value }])
  return last - before.nextOrder + 1
}
