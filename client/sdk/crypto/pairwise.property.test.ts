import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { equalBytes, utf8 } from '#protocol/bytes.ts'
import { DecryptionError } from './errors.ts'
import { encrypt } from './pairwise.ts'
import { overlay } from './ratchet.ts'
import { Peer } from './testing/peer.ts'

const KINDS = ['send', 'deliver', 'duplicate', 'lose', 'tamper', 'restart', 'crash'] as const

/** What may happen next. `at` picks a message under way, by its position modulo their number. */
const step = fc.record({
  kind: fc.constantFrom(...KINDS, 'send', 'send', 'deliver', 'deliver'),
  side: fc.constantFrom(0, 1),
  at: fc.nat(1_000),
})

interface UnderWay {
  readonly from: Peer
  readonly to: Peer
  readonly text: string
  readonly body: Uint8Array
}

/** Sends in the open session, or starts one. */
async function send(from: Peer, to: Peer, text: string): Promise<UnderWay> {
  const open = from.sessions.has(`${to.address.account}.1`)
  const body = open ? await from.send(to, utf8(text)) : await from.startAndSend(to, utf8(text))
  return { from, to, text, body }
}

/** `read`, or why not; `wrong` would be a plaintext that nobody sent. */
async function deliver({ from, to, text, body }: UnderWay): Promise<string> {
  try {
    return equalBytes(await to.receive(from, body), utf8(text)) ? 'read' : 'wrong'
  } catch (error) {
    if (error instanceof DecryptionError) return error.code
    throw error
  }
}

function tampered(message: UnderWay): UnderWay {
  const body = Uint8Array.from(message.body)
  // In the MAC, or just before it: the last octets of a prekey message are its ids, which nothing authenticates.
  body[body.length - 10] = (body.at(-10) ?? 0) ^ 0x40
  return { ...message, body }
}

/** Two devices, what is under way between them, and what came of each delivery. */
class World {
  readonly outcomes: { text: string; outcome: string; again: boolean }[] = []
  readonly #peers: readonly [Peer, Peer]
  #underWay: UnderWay[] = []
  readonly #read = new Set<string>()
  #sent = 0

  constructor(peers: readonly [Peer, Peer]) {
    this.#peers = peers
  }

  async #deliver(message: UnderWay): Promise<void> {
    const outcome = await deliver(message)
    this.outcomes.push({ text: message.text, outcome, again: this.#read.has(message.text) })
    if (outcome === 'read') this.#read.add(message.text)
  }

  async run(kind: (typeof KINDS)[number], side: 0 | 1, at: number): Promise<void> {
    const [from, to] = side === 0 ? this.#peers : [this.#peers[1], this.#peers[0]]
    if (kind === 'send') {
      this.#sent += 1
      this.#underWay.push(await send(from, to, `message ${this.#sent}`))
    }
    if (kind === 'restart') await from.start(to)
    // The step's changes are dropped, as when the process dies before the transaction.
    if (kind === 'crash' && from.sessions.size > 0) await encrypt(from, to.address, utf8('never sent'))

    const picked = this.#underWay[at % Math.max(1, this.#underWay.length)]
    if (picked === undefined) return
    if (kind === 'deliver' || kind === 'duplicate') await this.#deliver(picked)
    if (kind === 'tamper') this.outcomes.push({ text: '', outcome: await deliver(tampered(picked)), again: true })
    if (kind === 'deliver' || kind === 'lose') this.#underWay = this.#underWay.filter((other) => other !== picked)
  }

  async deliverTheRest(): Promise<void> {
    for (const message of this.#underWay) await this.#deliver(message)
  }
}

/**
 * Any interleaving of sends from both sides, with reordering, duplication, loss, tampering, sessions started anew by
 * either side, and steps whose changes were dropped before they were committed.
 */
it('reads every message at most once, rightly, and never breaks a session', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const peers = [await Peer.create('alice'), await Peer.create('bob')] as const
      const world = new World(peers)
      for (const { kind, side, at } of steps) await world.run(kind, side === 0 ? 0 : 1, at)
      await world.deliverTheRest()

      // A first message may find its one-time prekey used, by an earlier session of the same sender: then the sender is
      // told, and starts anew. Nothing else keeps a message from being read the first time.
      const first = world.outcomes.filter(({ again }) => !again).map(({ outcome }) => outcome)
      expect(['read', 'unknownPrekey', 'noSession']).toEqual(expect.arrayContaining([...new Set(first)]))
      const again = world.outcomes.filter((entry) => entry.again).map(({ outcome }) => outcome)
      expect(['duplicate', 'badMac', 'malformed', 'unknownPrekey', 'noSession']).toEqual(
        expect.arrayContaining([...new Set(again)]),
      )

      for (const [from, to] of [peers, peers.toReversed(), peers, peers.toReversed()] as [Peer, Peer][]) {
        const outcome = await deliver(await send(from, to, 'still here'))
        if (outcome === 'unknownPrekey') await from.start(to)
        const next = await deliver(await send(from, to, 'still here'))
        expect([outcome, next]).toEqual([expect.stringMatching(/^(read|unknownPrekey)$/), 'read'])
      }
    }),
    { numRuns: 30 },
  )
})

it('composes in one batch: a later step sees what an earlier one changed', async () => {
  const [alice, bob] = [await Peer.create('alice'), await Peer.create('bob')]
  await bob.receive(alice, await alice.startAndSend(bob, utf8('0')))
  const first = await encrypt(bob, alice.address, utf8('1'))
  const second = await encrypt(overlay(bob, first.changes), alice.address, utf8('2'))
  bob.commit(second.changes)
  expect(await alice.receive(bob, second.body)).toEqual(utf8('2'))
  expect(await alice.receive(bob, first.body)).toEqual(utf8('1'))
  expect(await alice.receive(bob, await bob.send(alice, utf8('3')))).toEqual(utf8('3'))
})
