/** Messages, and what their authors had seen (SPEC, U-6 and U-7). */

import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import type { MessageEntry } from '#protocol/groups/entries.ts'
import { MLS_LIMITS } from './config.ts'
import { epochOf } from './group-state.ts'
import { decrypt, decryptEphemeral, encrypt, encryptEphemeral, pass } from './messages.ts'
import { TestDevice, must, randomId } from './testing/device.ts'
import { aliceBobCarol } from './testing/group.ts'
import { type Outcome, type TestMember, textsOf } from './testing/member.ts'

/** What a member heard of an entry: its text and the verdict on its author's history, or why it cannot be read. */
function heard(outcome: Outcome): string {
  if (outcome === 'own') return 'own'
  if ('refused' in outcome) return outcome.refused
  return 'seen' in outcome ? `${textsOf([outcome]).join()} ${outcome.seen}` : outcome.kind
}

async function messageOf(member: TestMember, text: string, seq = member.state.seq + 1): Promise<MessageEntry> {
  const messageId = randomId()
  const { state, body } = await encrypt(member.state, messageId, utf8(text))
  member.state = state
  member.sent.add(messageId)
  return { kind: 'message', seq, at: 0, messageId, epoch: epochOf(state), body: toBase64url(body) }
}

/** An ephemeral message, made from what is stored, and stored before it is sent. */
async function typingOf(member: TestMember): Promise<{ messageId: string; body: string }> {
  const messageId = randomId()
  const { state, body } = must(await encryptEphemeral(member.state, messageId, utf8('typing')))
  member.state = state
  return { messageId, body: toBase64url(body) }
}

describe('an ephemeral message', () => {
  it('takes a key that no other message has, also when the device read its state back in between', async () => {
    const { alice, bob } = await aliceBobCarol()
    const [first, second] = [await typingOf(alice), await typingOf(alice)]
    const written = await messageOf(alice, 'written')
    const third = await typingOf(alice)
    const generations = [first, second, third].map(async (typing) => must(await decryptEphemeral(bob.state, typing)))
    // The message for the log has the one in between.
    expect((await Promise.all(generations)).map(({ generation }) => generation)).toEqual([1, 2, 4])
    expect(heard(await bob.take(written))).toBe('written same')
  })

  it('that was made before a message that was read is shown late, and refused', async () => {
    const { alice, bob } = await aliceBobCarol()
    const late = await typingOf(alice)
    expect(heard(await bob.take(await messageOf(alice, 'written')))).toBe('written same')
    await expect(decryptEphemeral(bob.state, late)).resolves.toMatchObject({ refused: 'outOfOrder' })
  })

  it('that somebody else changed, or made for another epoch, is refused', async () => {
    const { alice, bob } = await aliceBobCarol()
    const { messageId, body } = await typingOf(alice)
    const forged = { messageId, body: `${body.slice(0, -4)}AAAA` }
    await expect(decryptEphemeral(bob.state, forged)).resolves.toMatchObject({ refused: 'messageInvalid' })
    await alice.change({ name: 'another epoch' })
    await bob.read()
    await expect(decryptEphemeral(bob.state, { messageId, body })).resolves.toMatchObject({ refused: 'messageInvalid' })
  })
})

describe('a member notices', () => {
  it('a message that the relay shows twice', async () => {
    const { alice, bob } = await aliceBobCarol()
    const entry = await messageOf(alice, 'once')
    expect(heard(await bob.take(entry))).toBe('once same')
    expect(heard(await bob.take(entry))).toBe('outOfOrder')
    expect(heard(await bob.take({ ...entry, seq: entry.seq + 1 }))).toBe('messageInvalid')
    const renamed = { ...entry, seq: entry.seq + 2, messageId: randomId() }
    expect(heard(await bob.take(renamed))).toBe('messageInvalid')
  })

  it('a message under another id, and still reads it under its own', async () => {
    const { alice, bob } = await aliceBobCarol()
    const entry = await messageOf(alice, 'mine')
    expect(heard(await bob.take({ ...entry, messageId: randomId() }))).toBe('bindingMismatch')
    // The relay cannot take it back: the log has it as it was shown, so that this one's author had seen less.
    expect(heard(await bob.take({ ...entry, seq: entry.seq + 1 }))).toBe('mine same')
  })

  it('that it was shown fewer messages than the author of the next one', async () => {
    const { alice, bob } = await aliceBobCarol()
    const dropped = await messageOf(alice, 'dropped')
    await alice.take(dropped)
    const next = await messageOf(alice, 'next')
    expect(heard(await bob.take({ ...next, seq: dropped.seq }))).toBe('next forked')
  })

  it('that it was shown messages in another order', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const first = await messageOf(alice, 'first')
    const second = await messageOf(bob, 'second')
    await alice.take(first)
    expect(heard(await alice.take({ ...second, seq: 3 }))).toBe('second same')
    const third = await messageOf(alice, 'third', 4)
    expect(heard(await carol.take({ ...second, seq: 2 }))).toBe('second same')
    expect(heard(await carol.take({ ...first, seq: 3 }))).toBe('first same')
    expect(heard(await carol.take(third))).toBe('third forked')
  })

  it('another message in the place of one that the author of the next one had seen', async () => {
    const { alice, bob, carol } = await aliceBobCarol()
    const shown = await messageOf(carol, 'shown to alice')
    const instead = await messageOf(carol, 'shown to bob')
    await alice.take(shown)
    const next = await messageOf(alice, 'next')
    expect(heard(await bob.take(instead))).toBe('shown to bob same')
    expect(heard(await bob.take(next))).toBe('next forked')
  })
})

describe('what was kept back at the end of an epoch', () => {
  /** Everybody but Bob reads a last message; then the epoch ends, for Bob one place earlier. */
  async function ended() {
    const { alice, bob, carol } = await aliceBobCarol()
    await alice.say('the first one')
    for (const member of [alice, bob, carol]) await member.read()
    await carol.say('the last one')
    for (const member of [alice, carol]) await member.read()
    await alice.change({ name: 'another name' })
    await carol.read()
    const [commit] = alice.relay.log.slice(-1)
    if (commit === undefined) throw new Error('there is no commit')
    await bob.take({ ...commit, seq: bob.state.seq + 1 })
    expect(epochOf(bob.state)).toBe(epochOf(alice.state))
    return { alice, bob, carol }
  }

  /** Alice’s commit, which both take in their places. */
  async function nextEpoch(alice: TestMember, bob: TestMember): Promise<void> {
    const { request } = must(await alice.make({ name: 'a third name' }))
    const entry = { kind: 'commit', seq: alice.state.seq + 1, at: 0, ...request } as const
    await alice.take(entry)
    await bob.take({ ...entry, seq: bob.state.seq + 1 })
  }

  it('is noticed with the next epoch’s first message, and not again in later ones', async () => {
    const { alice, bob, carol } = await ended()
    const next = await messageOf(alice, 'next', alice.state.seq + 1)
    expect(heard(await carol.take(next))).toBe('next same')
    expect(heard(await bob.take({ ...next, seq: bob.state.seq + 1 }))).toBe('next forked')
    // Bob goes on from the history that all have had since.
    alice.state = must(pass(alice.state, next))
    await nextEpoch(alice, bob)
    const later = await messageOf(alice, 'later', alice.state.seq + 1)
    expect(heard(await bob.take({ ...later, seq: bob.state.seq + 1 }))).toBe('later same')
  })

  it('is noticed by the others, too, when it was shown to one alone', async () => {
    const { alice, bob } = await ended()
    const next = await messageOf(bob, 'next', alice.state.seq + 1)
    expect(heard(await alice.take(next))).toBe('next forked')
  })

  it('is noticed over an epoch without messages', async () => {
    const { alice, bob } = await ended()
    await nextEpoch(alice, bob)
    const next = await messageOf(alice, 'next', alice.state.seq + 1)
    expect(heard(await bob.take({ ...next, seq: bob.state.seq + 1 }))).toBe('next forked')
  })

  it('is nothing that who came in since could know', async () => {
    const { alice, bob, directory } = await aliceBobCarol()
    await alice.say('before Dave')
    for (const member of [alice, bob]) await member.read()
    const [dave] = await alice.add(await TestDevice.create(directory, randomId(), 1))
    if (dave === undefined) throw new Error('nobody was added')
    await bob.read()
    const first = await messageOf(dave, 'hello', alice.state.seq + 1)
    expect(heard(await alice.take(first))).toBe('hello same')
    const second = await messageOf(alice, 'welcome', alice.state.seq + 1)
    dave.state = must(pass(dave.state, first))
    expect(heard(await dave.take(second))).toBe('welcome same')
    // From then on it compares: this one says another past.
    expect(dave.state.former).toEqual(alice.state.former)
  })
})

describe('the log goes on', () => {
  it('after a message that cannot be read, which counts as seen (U-7)', async () => {
    const { alice, bob } = await aliceBobCarol()
    const broken = { ...(await messageOf(alice, 'broken')), body: toBase64url(utf8('not a message')) }
    expect(heard(await bob.take(broken))).toBe('messageInvalid')
    alice.state = must(pass(alice.state, broken))
    expect(heard(await bob.take(await messageOf(alice, 'next')))).toBe('next same')
  })

  it('past messages that were never stored: keys are skipped', async () => {
    const { alice, bob } = await aliceBobCarol()
    for (let typing = 0; typing < 40; typing += 1) await messageOf(alice, 'typing')
    expect(heard(await bob.take(await messageOf(alice, 'written')))).toBe('written same')
  })

  it('past an ephemeral message, which changes nothing', async () => {
    const { alice, bob } = await aliceBobCarol()
    const typing = await messageOf(alice, 'typing')
    const before = bob.state
    expect(heard(must(await decryptEphemeral(before, typing)))).toBe('typing same')
    expect(bob.state).toBe(before)
    const other = { ...typing, messageId: randomId() }
    await expect(decryptEphemeral(before, other)).resolves.toMatchObject({ refused: 'bindingMismatch' })
    expect(heard(await bob.take(await messageOf(alice, 'written')))).toBe('written same')
  })

  it('past as many ephemeral messages as one may make in a row; the next for the log begins a new row', async () => {
    const { alice, bob } = await aliceBobCarol()
    let { state } = alice
    for (let made = 0; made < MLS_LIMITS.ephemeralInARow; made += 1) {
      state = must(await encryptEphemeral(state, randomId(), utf8('typing'))).state
    }
    alice.state = state
    const more = await encryptEphemeral(alice.state, randomId(), utf8('typing'))
    expect(more).toMatchObject({ refused: 'messageInvalid' })
    expect(heard(await bob.take(await messageOf(alice, 'written')))).toBe('written same')
    expect(heard(must(await decryptEphemeral(bob.state, await typingOf(alice))))).toBe('typing same')
  })

  it('with the messages of one sender in another order than it made them', async () => {
    const { alice, bob } = await aliceBobCarol()
    const [first, second] = [await messageOf(alice, 'first'), await messageOf(alice, 'second')]
    expect(heard(await bob.take(second))).toBe('second same')
    expect(heard(await bob.take({ ...first, seq: first.seq + 1 }))).toBe('first same')
  })
})

it('U-6: compares with the last points of its history, and says so of what is older', async () => {
  const { alice, bob } = await aliceBobCarol()
  const old = await messageOf(alice, 'from before')
  let { state } = bob
  for (let count = 0; count < MLS_LIMITS.historyPoints + 128; count += 1) {
    const filler: MessageEntry = { ...old, seq: state.seq + 1, messageId: randomId(), body: toBase64url(utf8('…')) }
    state = must(pass(state, filler))
  }
  expect(state.history.blocks.size * 64).toBeLessThanOrEqual(MLS_LIMITS.historyPoints + 64)
  const read = must(await decrypt(state, { ...old, seq: state.seq + 1 }))
  expect(read.message).toMatchObject({ seen: 'unknown' })
})
