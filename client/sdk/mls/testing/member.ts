/** A device with its state of one group, which it stores and reads back after every step. */

import { fromBase64url, fromUtf8, utf8 } from '#protocol/bytes.ts'
import type { GroupEntry, GroupSuite } from '#protocol/groups/entries.ts'
import { DEFAULT_GROUP_POLICY } from '#protocol/groups/roles.ts'
import { type Applied, apply } from '../apply.ts'
import { type Intent, commit } from '../commit.ts'
import { createGroup } from '../create.ts'
import { joinByLink } from '../external.ts'
import { type GroupState, epochAuthenticator } from '../group-state.ts'
import { joinByWelcome } from '../join-welcome.ts'
import { type OwnKeyPackage } from '../key-package.ts'
import { type Decrypted, decrypt, encrypt, pass } from '../messages.ts'
import { type GroupParts, changedParts, readParts, writeParts } from '../parts.ts'
import { type PendingCommit, adopt, enter } from '../pending.ts'
import { type Refusal, isRefusal } from '../refusal.ts'
import { type TestDevice, handedOut, must, randomId } from './device.ts'
import type { TestRelay } from './relay.ts'

export type Outcome = Applied | Decrypted | Refusal | 'own'

export class TestMember {
  readonly device: TestDevice
  readonly relay: TestRelay
  /** Message ids of this device's own messages. */
  readonly sent = new Set<string>()
  pending: PendingCommit | undefined
  #state: GroupState
  #stored: GroupParts

  constructor(device: TestDevice, relay: TestRelay, state: GroupState) {
    this.device = device
    this.relay = relay
    this.#stored = writeParts(state)
    this.#state = readParts(this.#stored)
  }

  static async found(device: TestDevice, relay: TestRelay, suite: GroupSuite, group = randomId()): Promise<TestMember> {
    const founding = { name: 'the group', policy: DEFAULT_GROUP_POLICY }
    return new TestMember(device, relay, await createGroup(group, await device.package(suite), founding))
  }

  get state(): GroupState {
    return this.#state
  }

  get authenticator(): string {
    return epochAuthenticator(this.#state)
  }

  /** Keeps only what changed, as a client does, and goes on from what is stored. */
  set state(after: GroupState) {
    const { put, remove } = changedParts(this.#state, after)
    const stored: Record<string, string> = { ...this.#stored, ...put }
    for (const name of remove) delete stored[name]
    this.#stored = stored
    const next = readParts(stored)
    if (JSON.stringify(sorted(writeParts(after))) !== JSON.stringify(sorted(stored)))
      throw new Error('not all was stored')
    this.#state = next
  }

  async make(intent: Intent): Promise<PendingCommit | Refusal> {
    const made = await commit(this.#state, intent, randomId())
    if (!isRefusal(made)) this.pending = made
    return made
  }

  /** Makes a commit that wins, and takes it. */
  async change(intent: Intent): Promise<void> {
    const made = must(await this.make(intent))
    if (this.relay.commit(made) === undefined) throw new Error('another commit won')
    await this.read()
  }

  /** Adds these devices, which join. */
  async add(...devices: readonly TestDevice[]): Promise<TestMember[]> {
    const packages = await Promise.all(devices.map((device) => device.package(this.#state.suite)))
    const foreign = await Promise.all(devices.map((device, at) => handedOut(device, packages[at] as OwnKeyPackage)))
    await this.change({ add: foreign })
    return Promise.all(devices.map((device, at) => this.welcomed(device, packages[at] as OwnKeyPackage)))
  }

  /** The member that a device became by the last welcome. */
  async welcomed(device: TestDevice, own: OwnKeyPackage): Promise<TestMember> {
    const { welcome } = this.relay
    if (welcome === undefined) throw new Error('nobody was added')
    const entry = { ...welcome, body: fromBase64url(welcome.body), group: this.#state.group, suite: this.#state.suite }
    return new TestMember(device, this.relay, must(await joinByWelcome(entry, own, device.directory.resolve)).state)
  }

  async say(text: string): Promise<void> {
    const messageId = randomId()
    const { state, body } = await encrypt(this.#state, messageId, utf8(text))
    this.state = state
    this.sent.add(messageId)
    this.relay.message(messageId, body)
  }

  /** Takes one entry, as a client does. */
  async take(entry: GroupEntry): Promise<Outcome> {
    if (entry.kind === 'commit') {
      const isOwn = this.pending?.request.messageId === entry.messageId
      const result =
        isOwn && this.pending !== undefined
          ? adopt(this.#state, this.pending, entry)
          : await apply(this.#state, entry, this.device.directory.resolve)
      if (!isRefusal(result) && result.kind === 'applied') this.state = result.state
      if (!isRefusal(result)) this.pending = undefined
      return result
    }
    if (this.sent.has(entry.messageId)) {
      this.state = must(pass(this.#state, entry))
      return 'own'
    }
    const read = await decrypt(this.#state, entry)
    if (isRefusal(read)) return read
    this.state = read.state
    return read.message
  }

  /** Takes everything that it has not, up to the first commit that is refused or takes it out. */
  async read(): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for (const entry of this.relay.log.slice(this.#state.seq)) {
      const outcome = await this.take(entry)
      outcomes.push(outcome)
      if (entry.kind === 'commit' && outcome !== 'own' && 'kind' in outcome && outcome.kind === 'removed') break
      if (entry.kind === 'commit' && outcome !== 'own' && isRefusal(outcome)) break
    }
    return outcomes
  }
}

/** A device that opens a link of the group as it stands at the relay. */
export async function joinWith(
  device: TestDevice,
  relay: TestRelay,
  link: { readonly group: string; readonly suite: GroupSuite; readonly secret: string; readonly box: string },
): Promise<TestMember | Refusal> {
  const own = await device.package(link.suite)
  const opened = { ...link, epoch: relay.epoch, box: fromBase64url(link.box) }
  const made = await joinByLink(opened, own, randomId(), device.directory.resolve)
  if (isRefusal(made)) return made
  const entry = relay.commit(made)
  if (entry === undefined) throw new Error('another commit won')
  return new TestMember(device, relay, enter(made, entry))
}

/** The texts among what a member took. */
export function textsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => (outcome !== 'own' && 'content' in outcome ? [fromUtf8(outcome.content)] : []))
}

/** The refusals among what a member took. */
export function refusalsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => (outcome !== 'own' && isRefusal(outcome) ? [outcome.refused] : []))
}

function sorted(parts: GroupParts): [string, string][] {
  return Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))
}
