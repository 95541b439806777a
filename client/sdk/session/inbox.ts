/**
 * The inbox: each page is read in one transaction {ratchets, consumed prekeys, messages, what was seen, cursor}, and is
 * acknowledged only then. Whatever cannot be read is put aside: nothing blocks the queue.
 */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { decodeContent, decodePlaintext } from '#protocol/content/codec.ts'
import type { DeliveredEnvelope, Ephemeral, Gap } from '#protocol/frames/deliver.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { DecryptionError } from '../crypto/errors.ts'
import type { RatchetChanges } from '../crypto/ratchet.ts'
import type { Applier, PageEffects } from './apply.ts'
import type { Core } from './core.ts'
import type { Draft } from './draft.ts'
import type { Gossip } from './key-log/gossip.ts'
import { DraftReader, applyChanges } from './ratchet.ts'
import {
  CURSOR,
  type Cursor,
  cursorRecord,
  gapKey,
  gapRecord,
  identityKey,
  identityRecord,
  seenKey,
  seenLogKey,
  seenLogRecord,
  seenRecord,
  sessionKey,
} from './records.ts'
import type { Receipts } from './receipts.ts'
import type { Retry } from './retry.ts'
import type { Opened, Sealed } from './sealed/sealed.ts'
import type { Typists } from './typists.ts'

/** Envelopes read in one transaction. */
export const PAGE = 256
/** Acknowledged at once after so many; fewer wait a moment for more. */
const ACK_EVERY = 8
/** First octet of a body that carries a new session (SPEC, "Bodies"). */
const PREKEY_MESSAGE = 3

/** An envelope came out of turn, and no gap was announced. Connecting again makes the relay send what is missing. */
export class InboxHoleError extends Error {
  override readonly name = 'InboxHoleError'
  readonly code = 'inboxHole'
  constructor() {
    super('The relay left out a part of the inbox.')
  }
}

export interface InboxParts {
  readonly applier: Applier
  readonly retry: Retry
  readonly gossip: Gossip
  readonly sealed: Pick<Sealed, 'open'>
  readonly receipts: Receipts
  readonly typists: Typists
  readonly send: (frame: UpFrame) => boolean
}

export class Inbox {
  readonly #core: Core
  readonly #parts: InboxParts
  #ackTimer: unknown
  /** Highest seq that was committed, and highest that was acknowledged, on this connection. */
  #readUpTo = 0
  #ackedUpTo = 0
  /** Where a hole made us connect again: found there once more, it is taken for a loss. */
  #holeAfter: number | undefined

  constructor(core: Core, parts: InboxParts) {
    this.#core = core
    this.#parts = parts
  }

  async cursor(): Promise<Cursor> {
    return this.#core.transact(async (draft) => (await draft.get(cursorRecord, CURSOR)) ?? { lastSeq: 0 })
  }

  /** Answers whether the relay's storage is another than the one known: seqs start anew, and prekeys are forgotten. */
  async welcome({ incarnation }: Welcome): Promise<boolean> {
    return this.#core.transact(async (draft) => {
      const cursor = await draft.get(cursorRecord, CURSOR)
      const isSame = cursor?.incarnation === incarnation
      if (!isSame) draft.put(cursorRecord, CURSOR, { incarnation, lastSeq: 0 })
      this.#readUpTo = isSame ? cursor.lastSeq : 0
      this.#ackedUpTo = this.#readUpTo
      return !isSame && cursor?.incarnation !== undefined
    })
  }

  /** @param isCurrent `false` once another connection, with seqs of its own perhaps, has taken over */
  async read(items: readonly DeliveredEnvelope[], isCurrent: () => boolean): Promise<void> {
    for (let at = 0; at < items.length; at += PAGE) {
      const page = items.slice(at, at + PAGE)
      await this.#readPage(page, await this.#parts.sealed.open(page), isCurrent)
    }
    if (!isCurrent()) return
    if (this.#readUpTo - this.#ackedUpTo >= ACK_EVERY) this.#acknowledge()
    else if (this.#readUpTo > this.#ackedUpTo) this.#acknowledgeSoon()
  }

  async gap({ from, to, reason }: Gap, isCurrent: () => boolean): Promise<void> {
    await this.#core.transact(async (draft) => {
      if (!isCurrent()) return
      const cursor = (await draft.get(cursorRecord, CURSOR)) ?? { lastSeq: 0 }
      this.#noteGap(draft, from, to, reason)
      if (to <= cursor.lastSeq) return
      draft.put(cursorRecord, CURSOR, { ...cursor, lastSeq: to })
      draft.announce(() => (this.#readUpTo = to))
    })
    this.#acknowledgeSoon()
  }

  /** Envelopes outside the inbox: typing notices. What cannot be read of them is not worth a word. */
  async readEphemeral(items: Ephemeral['items']): Promise<void> {
    const seals = await this.#parts.sealed.open(items)
    await this.#core.transact(async (draft) => {
      const own = this.#core.requireAccount()
      const reader = new DraftReader(draft, own)
      for (const item of items) {
        const message = messageIn(item, seals.get(item))
        if (message.from === undefined) continue
        const { from } = message
        const opened = await this.#open(draft, reader, from, message)
        if (opened.plaintext === undefined) continue
        await applyChanges(draft, own, opened.changes, { isNew: opened.isNew })
        const content = decodeContent(opened.plaintext)
        if (content?.kind !== 'typing' || from.account === own.account) continue
        draft.announce(() => this.#parts.typists.heard(from.account, from.account, content.typing))
      }
    })
  }

  disconnected(): void {
    this.#core.platform.timers.clear(this.#ackTimer)
  }

  async #readPage(
    items: readonly DeliveredEnvelope[],
    seals: ReadonlyMap<DeliveredEnvelope, Opened>,
    isCurrent: () => boolean,
  ): Promise<void> {
    await this.#core.transact(async (draft) => {
      if (!isCurrent()) return
      const cursor = (await draft.get(cursorRecord, CURSOR)) ?? { lastSeq: 0 }
      const fresh = items.filter(({ seq }) => seq > cursor.lastSeq)
      if (fresh.length === 0) return
      await draft.prefetch(
        fresh.flatMap((envelope) => {
          const { from } = messageIn(envelope, seals.get(envelope))
          if (from === undefined) return []
          return [seenKey(from.account, envelope.messageId), sessionKey(from.account, from.device)]
        }),
      )
      const reader = new DraftReader(draft, this.#core.requireAccount())
      const effects: PageEffects = { delivered: new Map(), hidden: [] }
      let lastSeq = cursor.lastSeq
      for (const envelope of fresh) {
        if (envelope.seq <= lastSeq) continue
        if (envelope.seq !== lastSeq + 1) this.#holeBefore(draft, lastSeq, envelope.seq)
        await this.#readOne(draft, reader, envelope, messageIn(envelope, seals.get(envelope)), effects)
        lastSeq = envelope.seq
      }
      this.#keepEffects(draft, effects)
      draft.put(cursorRecord, CURSOR, { ...cursor, lastSeq })
      draft.announce(() => (this.#readUpTo = lastSeq))
    })
  }

  async #readOne(
    draft: Draft,
    reader: DraftReader,
    envelope: DeliveredEnvelope,
    message: MessageIn,
    effects: PageEffects,
  ): Promise<void> {
    const { messageId, at } = envelope
    const { from } = message
    // Nobody is asked to send it again: nobody is known to have sent it.
    if (from === undefined) return this.#parts.retry.quarantine(draft, envelope, message.fault)
    const named = { ...envelope, from }
    const key = seenKey(from.account, messageId)
    const before = await draft.get(seenRecord, key)
    // Read before: on another connection, or before the relay lost its storage and restored the inbox.
    if (before !== undefined && before.early === undefined && before.shared === undefined) return
    const opened = await this.#open(draft, reader, from, message)
    if (opened.plaintext === undefined) {
      const sender = opened.code === 'certificate:identityMismatch' ? envelope : named
      return this.#parts.retry.quarantine(draft, sender, opened.code, opened.error)
    }
    await applyChanges(draft, this.#core.requireAccount(), opened.changes, { isNew: opened.isNew })
    const said = decodePlaintext(opened.plaintext)
    if (said === undefined) await this.#parts.retry.quarantine(draft, named, 'contentInvalid')
    else await this.#parts.applier.apply(draft, { from, messageId, at }, said.content, effects)
    if (said?.head !== undefined) await this.#parts.gossip.hear(draft, from.account, from.account, said.head)
    const after = await draft.get(seenRecord, key)
    if (after?.order !== undefined) return
    draft.put(seenRecord, key, {})
    effects.hidden.push(key.partition)
  }

  async #open(
    draft: Draft,
    reader: DraftReader,
    from: { account: string; device: number },
    { octets, certified }: { readonly octets: Uint8Array; readonly certified: string | undefined },
  ) {
    try {
      const { plaintext, changes } = await this.#core.platform.cipher.decrypt(reader, from, octets)
      const isNew = octets[0] === PREKEY_MESSAGE
      if (certified !== undefined && certified !== (await identityIn(draft, from.account, changes))) {
        return { plaintext: undefined, code: 'certificate:identityMismatch', error: undefined } as const
      }
      return { plaintext, changes, isNew } as const
    } catch (error) {
      if (reader.storeFailure !== undefined) throw error
      // Even a failure without a name must not keep the messages behind it from being read.
      return { plaintext: undefined, code: error instanceof DecryptionError ? error.code : 'internal', error } as const
    }
  }

  #keepEffects(draft: Draft, { delivered, hidden }: PageEffects): void {
    this.#parts.receipts.owe(draft, delivered)
    if (hidden.length === 0) return
    draft.put(seenLogRecord, seenLogKey(this.#core.counters.next('seenLog')), {
      at: this.#core.now(),
      partitions: hidden,
    })
  }

  #holeBefore(draft: Draft, lastSeq: number, seq: number): void {
    if (this.#holeAfter !== lastSeq) {
      this.#holeAfter = lastSeq
      throw new InboxHoleError()
    }
    this.#noteGap(draft, lastSeq + 1, seq - 1, 'unannounced')
  }

  #noteGap(draft: Draft, from: number, to: number, reason: string): void {
    draft.put(gapRecord, gapKey(this.#core.counters.next('gap')), { from, to, reason, at: this.#core.now() })
    draft.announce(() => this.#core.events.emit('gap', { from, to, reason }))
  }

  #acknowledgeSoon(): void {
    const { timers, timing } = this.#core.platform
    timers.clear(this.#ackTimer)
    this.#ackTimer = timers.set(() => this.#acknowledge(), timing.ackIdle)
  }

  #acknowledge(): void {
    this.#core.platform.timers.clear(this.#ackTimer)
    if (this.#readUpTo <= this.#ackedUpTo) return
    if (this.#parts.send({ type: 'ack', upTo: this.#readUpTo })) this.#ackedUpTo = this.#readUpTo
  }
}

/** What there is to decrypt in an envelope, and whose it is said to be; or why there is nothing. */
type MessageIn =
  | {
      readonly from: { readonly account: string; readonly device: number }
      readonly octets: Uint8Array
      /** The identity key in the certificate, of what came in a seal; base64url. */
      readonly certified: string | undefined
    }
  | { readonly from: undefined; readonly fault: string }

function messageIn({ from, body }: Omit<DeliveredEnvelope, 'seq'>, seal: Opened | undefined): MessageIn {
  if (from !== undefined) return { from, octets: fromBase64url(body), certified: undefined }
  if (seal === undefined || seal.fault !== undefined) return { from: undefined, fault: seal?.fault ?? 'senderUnknown' }
  return { from: seal.from, octets: seal.message, certified: seal.identityKey }
}

/** The identity key with which a step decrypted: the pinned one, or the one that it pins. Its device list has the same. */
async function identityIn(draft: Draft, account: string, changes: RatchetChanges): Promise<string | undefined> {
  const pinned = changes.trustedIdentities.find((one) => one.account === account)?.identityKey
  if (pinned !== undefined) return toBase64url(pinned)
  return (await draft.get(identityRecord, identityKey(account)))?.key
}
