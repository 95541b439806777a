/** A group through the edge, as clients reach it; without MLS, which a relay does not look into. */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import type { GroupSend } from '#durable-objects/group/rpc.ts'
import { randomId } from '#durable-objects/testing/accounts.ts'
import { type Answer, call } from './edge-client.ts'
import { type SendKey, newSendKey, signedMessage } from './send-keys.ts'

const octets = (length: number): string => toBase64url(randomBytes(length))

export class EdgeGroup {
  readonly id = randomId()
  #epoch = 0
  #key: SendKey | undefined

  static async create(token: string): Promise<EdgeGroup> {
    const group = new EdgeGroup()
    const answer = await group.create(token)
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    return group
  }

  async create(token: string): Promise<Answer> {
    this.#key ??= await newSendKey()
    const request = { group: this.id, suite: 83, sendKey: this.#key.publicKey, policy: { add: 'admin' } }
    return call('POST', '/v1/groups', request, { token })
  }

  /** A commit in the present epoch; when it is taken, later messages are of the next one. */
  async commit(token: string, more: object = {}): Promise<Answer> {
    const key = await newSendKey()
    const commit = {
      group: this.id,
      messageId: randomId(),
      epoch: this.#epoch,
      body: octets(40),
      change: NO_CHANGE,
      sendKey: key.publicKey,
      ...more,
    }
    const answer = await call('POST', '/v1/groups/commits', commit, { token })
    if (answer.status === 200) {
      this.#epoch = Number(answer.body['epoch'])
      this.#key = key
    }
    return answer
  }

  message(): Promise<GroupSend> {
    return signedMessage(this.id, this.#key, { epoch: this.#epoch })
  }

  send(messages: readonly object[]): Promise<Answer> {
    return call('POST', '/v1/groups/messages', { group: this.id, messages })
  }

  fetch(token: string, after = 0, limit?: number): Promise<Answer> {
    return call(
      'POST',
      '/v1/groups/entries',
      { group: this.id, after, ...(limit !== undefined && { limit }) },
      { token },
    )
  }
}

/** For each operation of groups and key packages with a body, one that its schema takes. */
export function sampleBodies(group: string): Record<string, object> {
  const [key, messageId, link, account] = [octets(32), randomId(), randomId(), randomId()]
  const common = { messageId, epoch: 0, body: octets(40) }
  return {
    uploadKeyPackages: { suite: 1, keyPackages: [{ id: 1, body: octets(40) }] },
    fetchKeyPackages: { account, suite: 1 },
    createGroup: { group, suite: 1, sendKey: key, policy: { add: 'member' } },
    commitToGroup: { group, ...common, change: NO_CHANGE, sendKey: key },
    sendToGroup: { group, messages: [{ ...common, proof: octets(64) }] },
    fetchGroup: { group, after: 0 },
    leaveGroup: { group },
    openGroupLink: { group, link },
    offerRejoin: { group, epoch: 0, for: { account, device: 1 }, link, box: octets(40) },
  }
}
