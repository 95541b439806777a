/** Becoming a member: by a welcome, or by a link or an offer. */

import { fromBase64url } from '#protocol/bytes.ts'
import { commitToGroup, openGroupLink } from '#protocol/http/groups.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import type { GroupState } from '../../mls/group-state.ts'
import type { OwnDevice } from '../../mls/key-package.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import { conversationOf, leaveRoom } from '../conversations.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { NotRegisteredError } from '../errors.ts'
import type { GroupEvent } from '../events.ts'
import { drawMessageId } from '../message-id.ts'
import type { GroupBook } from './book.ts'
import type { DeviceKeys } from './device-keys.ts'
import { GroupError } from './errors.ts'
import { addEvents } from './group-events.ts'
import { newWish } from './history-rules.ts'
import { loadMls } from './mls.ts'
import { keyPackageKey, keyPackageRecord } from './records.ts'

/** Tries at joining by a link while others commit. */
const MAX_CONFLICTS = 5

export interface Welcome {
  readonly seq: number
  readonly epoch: number
  readonly body: string
}

/** This device, as it signs leaves. */
export function ownDevice(core: Core): OwnDevice {
  const { account, device } = core.requireAccount()
  const key = core.deviceKey
  if (key === undefined) throw new NotRegisteredError()
  return { address: { account, device }, sign: (message) => key.sign(new Uint8Array(message)) }
}

export class GroupJoiner {
  readonly #core: Core
  readonly #auth: Auth
  readonly #book: GroupBook
  readonly #keys: DeviceKeys

  constructor(core: Core, auth: Auth, book: GroupBook, keys: DeviceKeys) {
    this.#core = core
    this.#auth = auth
    this.#book = book
    this.#keys = keys
  }

  /** Joins by a welcome. `false` when it is an old one, or this device has no key package that it is for. */
  async byWelcome(group: string, suite: GroupSuite, welcome: Welcome): Promise<boolean> {
    const { isRefusal, joinByWelcome, welcomeRefs } = await loadMls()
    const body = fromBase64url(welcome.body)
    return this.#keys.transact(async (draft, resolver) => {
      const record = await this.#book.recordOrNew(draft, group)
      if (record.stage === 'joined') return true
      if (welcome.epoch <= (record.epoch ?? -1)) return false
      for (const ref of welcomeRefs(body)) {
        const stored = await draft.get(keyPackageRecord, keyPackageKey(ref))
        if (stored === undefined) continue
        const entry = { group, suite, seq: welcome.seq, epoch: welcome.epoch, body }
        const joined = await joinByWelcome(entry, stored.own, resolver(this.#core.now()))
        if (isRefusal(joined)) throw new GroupError('groupBroken', joined.reason)
        if (!stored.isLastResort) draft.delete(keyPackageKey(ref))
        await this.#book.save(draft, group, { ...record, stage: 'joined', behind: true }, undefined, joined.state)
        await this.#book.summarise(draft, group, 'joined', joined.state)
        await this.#entered(draft, joined.state, 'welcomed', joined.by.account)
        return true
      }
      return false
    })
  }

  /**
   * Joins by the secret of a link, or of an offer to join again.
   *
   * @throws RelayError (`linkInvalid`, `groupFull`, …), GroupError, OfflineError
   */
  async bySecret(group: string, secret: string): Promise<void> {
    const { enter, isRefusal, joinByLink, linkKeys, makeKeyPackage } = await loadMls()
    const link = linkKeys(fromBase64url(secret)).id
    for (let conflicts = 0; ; conflicts += 1) {
      const opened = await this.#auth.call(openGroupLink, { group, link })
      const own = await makeKeyPackage(ownDevice(this.#core), opened.suite, this.#core.now())
      const target = { group, suite: opened.suite, epoch: opened.epoch, box: fromBase64url(opened.box), secret }
      const pending = await this.#keys.transact(async (_draft, resolver) =>
        joinByLink(target, own, drawMessageId(), resolver(this.#core.now())),
      )
      if (isRefusal(pending)) throw new GroupError('linkInvalid', pending.reason)
      try {
        const answer = await this.#auth.call(commitToGroup, pending.request)
        return await this.#core.transact(async (draft) => {
          const former = await this.#book.recordOrNew(draft, group)
          const { joinBy: _used, ...record } = this.#book.drop(draft, group, former)
          const state = enter(pending, answer)
          await this.#book.save(draft, group, { ...record, stage: 'joined', behind: true }, undefined, state)
          await this.#book.summarise(draft, group, 'joined', state)
          await this.#entered(draft, state, former.stage === 'rejoining' ? 'rejoined' : 'joined')
        })
      } catch (error) {
        const isConflict = error instanceof RelayError && error.code === 'epochConflict'
        if (!isConflict || conflicts === MAX_CONFLICTS) throw error
      }
    }
  }

  /** @param by who let this device in: itself, unless it was added */
  async #entered(
    draft: Draft,
    state: GroupState,
    event: 'welcomed' | 'joined' | 'rejoined',
    by = this.#core.requireAccount().account,
  ): Promise<void> {
    const { group } = state
    const { account, device } = this.#core.requireAccount()
    await this.#wish(draft, state, event === 'rejoined', event === 'welcomed' ? by : undefined)
    const place = { at: this.#core.now(), by: { account, device } }
    // Whatever was said since it could read last, it cannot read any more.
    const before: readonly GroupEvent[] = event === 'rejoined' ? [{ event: 'missed' }] : []
    await addEvents(this.#core, draft, group, [...before, { event, by }], place)
  }

  /** Notes that messages from before are to be asked for, where the group shows them, and leaves room for them. */
  async #wish(draft: Draft, state: GroupState, isReturn: boolean, adder: string | undefined): Promise<void> {
    const { group } = state
    const { detailsOf } = await loadMls()
    const { history: count } = detailsOf(state)
    const { history: former, ...record } = await this.#book.recordOrNew(draft, group)
    // Who lost the state alone has the messages.
    if (isReturn && (await conversationOf(draft, group)).nextOrder > 1) return
    if (count === undefined) {
      if (former !== undefined) this.#book.put(draft, group, record)
      return
    }
    const below = await leaveRoom(this.#core, draft, group, count)
    this.#book.put(draft, group, { ...record, history: newWish(count, below, adder) })
  }
}
