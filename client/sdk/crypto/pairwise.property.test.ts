import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { DecryptionError } from './errors.ts'
import { encrypt } from './pairwise.ts'
import { overlay } from './ratchet.ts'
import { Peer } from './testing/peer.ts'

/** What may happen next. `at` picks a message under way, by its position modulo their number. */
const step = fc.record({
  kind: fc.constantFrom(
    'send',
    'send',
    'send',
    'deliver',
    'deliver',
    'deliver',
    'duplicate',
    'lose',
    'tamper',
    'restart',
    'crash',
  ),
  side: fc.constantFrom(0, 1),
  at: fc.nat(1_000),
})

interface UnderWay {
  readonly from: 0 | 1
  readonly text: string
  readonly body: Uint8Array
}

/**
 * Any interleaving of sends from both sides, with reordering, duplication, loss, tampering, sessions started anew by
 * either side, and steps whose changes were dropped before they were committed.
 */
it('reads every message at most once, rightly, and never breaks a session', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const peers = [await Peer.create('alice'), await Peer.create('bob')] as const
      const side = (index: number): 0 | 1 => (index === 0 ? 0 : 1)
      let sent = 0
      let underWay: UnderWay[] = []
      const read = new Map<string, number>()

      const deliver = async ({ from, text, body }: UnderWay, first: boolean) => {
        const [sender, reader] = [peers[from], peers[side(1 - from)]]
        try {
          expect(await reader.receive(sender, body)).toEqual(utf8(text))
          read.set(text, (read.get(text) ?? 0) + 1)
        } catch (error) {
          if (!(error instanceof DecryptionError)) throw error
          // The bundle's one-time prekey may have served a session before: then the peer is told, and starts anew.
          const usual = first ? ['unknownPrekey', 'noSession'] : ['duplicate', 'unknownPrekey', 'noSession']
          expect(usual).toContain(error.code)
          if (error.code === 'noSession') expect(restarted).toBe(true)
        }
      }

      let restarted = false
      for (const { kind, side: index, at } of steps) {
        const from = side(index)
        const [sender, reader] = [peers[from], peers[side(1 - from)]]
        const pick = underWay[at % Math.max(1, underWay.length)]
        if (kind === 'send') {
          sent += 1
          const text = `message ${sent}`
          const open = sender.sessions.has(`${reader.address.account}.1`)
          const body = open ? await sender.send(reader, utf8(text)) : await sender.startAndSend(reader, utf8(text))
          underWay.push({ from, text, body })
        } else if (kind === 'restart') {
          restarted = true
          await sender.start(reader)
        } else if (kind === 'crash') {
          if (sender.sessions.has(`${reader.address.account}.1`))
            await encrypt(sender, reader.address, utf8('never sent'))
        } else if (pick !== undefined) {
          if (kind === 'deliver' || kind === 'lose') underWay = underWay.filter((other) => other !== pick)
          if (kind === 'deliver' || kind === 'duplicate') await deliver(pick, !read.has(pick.text))
          if (kind === 'tamper') {
            const body = Uint8Array.from(pick.body)
            // In the MAC, or just before it: the last octets of a prekey message are its ids, which nothing authenticates.
            body[body.length - 10] = (body.at(-10) ?? 0) ^ 0x40
            const receiver = peers[side(1 - pick.from)]
            await expect(receiver.receive(peers[pick.from], body)).rejects.toBeInstanceOf(DecryptionError)
          }
        }
      }
      for (const message of underWay) await deliver(message, !read.has(message.text))
      for (const [text, times] of read) expect(times, text).toBe(1)

      // Both can still talk: at worst after one side started anew, as it would when told that a prekey was unknown.
      for (const from of [0, 1, 0, 1] as const) {
        const [sender, reader] = [peers[from], peers[side(1 - from)]]
        const open = sender.sessions.has(`${reader.address.account}.1`)
        const body = open ? await sender.send(reader, utf8('still')) : await sender.startAndSend(reader, utf8('still'))
        const answer = await reader.receive(sender, body).catch((error: unknown) => error)
        if (answer instanceof DecryptionError) {
          expect(answer.code).toBe('unknownPrekey')
          expect(await reader.receive(sender, await sender.startAndSend(reader, utf8('still')))).toEqual(utf8('still'))
        } else expect(answer).toEqual(utf8('still'))
      }
    }),
    { numRuns: 30 },
  )
}, 60_000)

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
