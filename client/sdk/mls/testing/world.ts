/** A group with everybody who was ever near it, for random sequences of what they do. */

import { fromUtf8 } from '#protocol/bytes.ts'
import type { GroupSuite } from '#protocol/groups/entries.ts'
import { boxesOf, newLink, offerRejoin } from '../box.ts'
import { type Intent, rebase } from '../commit.ts'
import { detailsOf, epochAuthenticator, membersIn } from '../group-state.ts'
import { nameOf } from '../members.ts'
import { isRefusal } from '../refusal.ts'
import { Directory, TestDevice, handedOut, must, randomId } from './device.ts'
import { type Outcome, TestMember, joinWith } from './member.ts'
import { TestRelay } from './relay.ts'

export class World {
  readonly relay = new TestRelay()
  readonly suite: GroupSuite
  readonly devices: readonly TestDevice[]
  readonly members = new Map<string, TestMember>()
  /** What each member has read, and what it should have: texts by message id, from where it joined. */
  readonly heard = new Map<TestMember, string[]>()
  readonly #joinedAt = new Map<TestMember, number>()
  readonly #texts = new Map<string, { readonly text: string; readonly by: string }>()
  #said = 0

  private constructor(suite: GroupSuite, devices: readonly TestDevice[]) {
    this.suite = suite
    this.devices = devices
  }

  static async begin(suite: GroupSuite, accounts: number): Promise<World> {
    const directory = new Directory()
    const devices: TestDevice[] = []
    for (let account = 0; account < accounts; account += 1) {
      const id = randomId()
      for (const device of [1, 2]) devices.push(await TestDevice.create(directory, id, device))
    }
    const world = new World(suite, devices)
    const [first] = devices
    if (first === undefined) throw new Error('a group needs somebody')
    world.#enter(first, await TestMember.found(first, world.relay, suite))
    return world
  }

  device(number: number): TestDevice {
    return this.devices[number % this.devices.length] ?? never()
  }

  /** One of the members. */
  actor(number: number): TestMember {
    const members = [...this.members.values()]
    return members[number % members.length] ?? never()
  }

  #enter(device: TestDevice, member: TestMember): void {
    this.members.set(nameOf(device.address), member)
    this.heard.set(member, [])
    this.#joinedAt.set(member, member.state.seq)
  }

  async say(actor: TestMember): Promise<void> {
    await this.read(actor)
    this.#said += 1
    const text = `message ${this.#said}`
    await actor.say(text)
    this.#texts.set(this.relay.log.at(-1)?.messageId ?? '', { text, by: nameOf(actor.device.address) })
  }

  /** Takes what is new, and leaves the world when it was removed. */
  async read(member: TestMember): Promise<void> {
    for (const outcome of await member.read()) this.#note(member, outcome)
  }

  #note(member: TestMember, outcome: Outcome): void {
    if (outcome === 'own') return
    if (isRefusal(outcome)) throw new Error(`${outcome.refused}: ${outcome.reason}`)
    if ('content' in outcome) {
      if (outcome.seen !== 'same') throw new Error(`history ${outcome.seen}`)
      this.heard.get(member)?.push(fromUtf8(outcome.content))
    } else if (outcome.kind === 'removed' && this.members.get(nameOf(member.device.address)) === member) {
      this.members.delete(nameOf(member.device.address))
    }
  }

  /** Makes a commit in the present epoch, if its maker may; `late` makes another one first, and it wins. */
  async change(actor: TestMember, intent: Intent, late?: { readonly actor: TestMember; readonly intent: Intent }) {
    await this.read(actor)
    if (!this.isIn(actor)) return
    const made = await actor.make(rebase(actor.state, intent))
    if (late !== undefined) await this.change(late.actor, late.intent)
    if (isRefusal(made) || this.relay.commit(made) !== undefined) return this.read(actor)
    await this.change(actor, intent)
  }

  async add(actor: TestMember, devices: readonly TestDevice[]): Promise<void> {
    await this.read(actor)
    const strangers = devices.filter(({ address }) => membersIn(actor.state).find(address) === undefined)
    if (strangers.length === 0) return
    const own = await Promise.all(strangers.map((device) => device.package(this.suite)))
    const add = await Promise.all(strangers.map((device, at) => handedOut(device, own[at] ?? never())))
    const head = this.relay.head
    await this.change(actor, { add })
    if (this.relay.head === head) return
    for (const [at, device] of strangers.entries()) {
      this.#enter(device, await actor.welcomed(device, own[at] ?? never()))
    }
  }

  /** Makes a link if there is none, and the device joins by it, also when it is a member. */
  async joinByLink(actor: TestMember, device: TestDevice): Promise<void> {
    await this.read(actor)
    if (detailsOf(actor.state).links.length === 0) await this.change(actor, { links: [newLink()] })
    const [link] = detailsOf(actor.state).links
    const [box] = await boxesOf(actor.state)
    if (link === undefined || box === undefined) return
    const { group, suite } = actor.state
    this.#enter(device, must(await joinWith(device, this.relay, { group, suite, secret: link.secret, box: box.box })))
  }

  /** A member that lost its state joins again, by another's offer. */
  async rejoin(actor: TestMember, lost: TestMember): Promise<void> {
    await this.read(actor)
    await this.read(lost)
    if (!this.isIn(actor) || !this.isIn(lost) || actor === lost) return
    const { box, secret } = await offerRejoin(actor.state)
    const { group, suite } = actor.state
    this.#enter(lost.device, must(await joinWith(lost.device, this.relay, { group, suite, secret, box })))
  }

  isIn(member: TestMember): boolean {
    return this.members.get(nameOf(member.device.address)) === member
  }

  /** Everybody reads to the end. Answers how members differ in what they have to agree on: one line when they do not. */
  async agreement(): Promise<Set<string>> {
    for (const member of this.members.values()) await this.read(member)
    return new Set(
      [...this.members.values()].map(({ state }) =>
        [
          epochAuthenticator(state),
          membersIn(state).list.map(nameOf).join(),
          JSON.stringify(detailsOf(state)),
          state.sendKey.publicKey,
        ].join('\n'),
      ),
    )
  }

  /** What a member has to have read: what others said since it joined. */
  expected(member: TestMember): string[] {
    const after = this.#joinedAt.get(member) ?? 0
    return this.relay.log.slice(after, member.state.seq).flatMap(({ messageId }) => {
      const said = this.#texts.get(messageId)
      return said === undefined || member.sent.has(messageId) ? [] : [said.text]
    })
  }
}

function never(): never {
  throw new Error('unreachable')
}
