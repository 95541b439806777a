/** Groups as their members call them, inside workerd; without MLS, which a relay does not look into. */

import { env } from 'cloudflare:workers'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type GroupChange, NO_CHANGE } from '#protocol/groups/change.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import type { GroupRelay } from '#durable-objects/group/group-relay.ts'
import type { CommitRequest, GroupSend, GroupSendAnswer } from '#durable-objects/group/rpc.ts'
import { groupOf } from '#durable-objects/group/stub.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'
import type { Result } from '#durable-objects/user/relay.ts'
import { type SendKey, newSendKey, signedMessage } from './send-keys.ts'

export class TestGroup {
  readonly id = randomId()
  readonly #owner: DeviceAddress
  #epoch = 0
  #key: SendKey | undefined

  private constructor(owner: DeviceAddress) {
    this.#owner = owner
  }

  static async create(owner: DeviceAddress): Promise<TestGroup> {
    const group = new TestGroup(owner)
    const key = await newSendKey()
    group.#key = key
    const call = {
      ...group.call,
      by: owner,
      suite: 1 as const,
      sendKey: key.publicKey,
      policy: { add: 'admin' as const },
    }
    const created = await group.calls.create(call)
    if (!created.ok) throw new Error(created.code)
    return group
  }

  get stub(): DurableObjectStub<GroupRelay> {
    return env.GROUP_RELAY.get(env.GROUP_RELAY.idFromName(this.id))
  }

  get calls() {
    return groupOf(env.GROUP_RELAY, this.id)
  }

  get call() {
    return { group: this.id, correlationId: 't' }
  }

  /** Commits by the owner. Later messages are signed by the new epoch's key. */
  async commit(change: Partial<GroupChange>): Promise<number> {
    const key = await newSendKey()
    const commit: CommitRequest = {
      messageId: randomId(),
      epoch: this.#epoch,
      body: toBase64url(randomBytes(40)),
      change: { ...NO_CHANGE, ...change },
      sendKey: key.publicKey,
      ...(change.add !== undefined && { welcome: toBase64url(randomBytes(40)) }),
    }
    const committed = await this.calls.commit({ ...this.call, by: this.#owner, commit })
    if (!committed.ok) throw new Error(committed.code)
    this.#epoch = committed.value.epoch
    this.#key = key
    return committed.value.seq
  }

  message(more: Partial<GroupSend> = {}): Promise<GroupSend> {
    return signedMessage(this.id, this.#key, { epoch: this.#epoch, ...more })
  }

  send(...messages: GroupSend[]): Promise<Result<GroupSendAnswer>> {
    return this.calls.send({ ...this.call, messages })
  }

  /** Sends messages that are new, and answers their seqs. */
  async say(count = 1): Promise<number[]> {
    const messages = await Promise.all(Array.from({ length: count }, () => this.message()))
    const sent = await this.send(...messages)
    if (!sent.ok) throw new Error(sent.code)
    return sent.value.answers.map((answer) => ('seq' in answer ? answer.seq : 0))
  }

  async seqsAfter(by: DeviceAddress, after: number): Promise<number[]> {
    const page = await this.calls.fetchEntries({ ...this.call, by, after, limit: undefined })
    if (!page.ok) throw new Error(page.code)
    return page.value.entries.map(({ seq }) => seq)
  }
}
