import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { pad } from '#protocol/content/padding.ts'
import { LIMITS } from '#protocol/limits.ts'
import { COLLECTIONS } from '../../store/collections.ts'
import type { Engine } from '../engine.ts'
import { drawMessageId } from '../message-id.ts'
import { Harness, collect, idOf, until } from '../testing/harness.ts'
import { MovedClock } from '../testing/moved-clock.ts'
import { nullCipher } from '../testing/null-cipher.ts'

const SECRET = 'nobody shall find this'
const ADA = toBase64url(utf8('ada of the tests'))
const EVE = toBase64url(utf8('eve of the tests'))

describe('what is said of a message', () => {
  let clock = new MovedClock()
  let harness = new Harness({ timers: clock, cipher: nullCipher })
  let bob: Engine

  beforeEach(async () => {
    clock = new MovedClock()
    harness = new Harness({ timers: clock, cipher: nullCipher })
    bob = await harness.open('bob')
    await bob.register({ username: 'bob' })
  })
  afterEach(() => harness.close())

  /** Puts something into Bob's inbox. By default Ada wrote it. */
  function deposit(content: object, account: string = ADA, messageId = drawMessageId()): string {
    const inbox = harness.relay.account(idOf(bob))
    const body = toBase64url(Uint8Array.of(1, ...pad(utf8(JSON.stringify(content)))))
    const envelopes = inbox.list.devices.map(({ id, registrationId }) => ({ device: id, registrationId, body }))
    const message = { messageId, to: inbox.id, deviceListVersion: 1, envelopes }
    inbox.deposit({ account, device: account === inbox.id ? 2 : 1 }, message, clock.now(), () => undefined)
    return messageId
  }
  const text = (body: string, more: object = {}) => ({ kind: 'text', body, ...more })
  const edit = (of: string, body: string, revision = 1) => ({ kind: 'edit', of, body, revision })
  const named = (id: string, author: string = ADA) => ({ author, id })

  /** Bob reads his inbox. */
  async function fetched(): Promise<void> {
    bob.disconnect()
    const caughtUp = collect(bob, 'caughtUp')
    await bob.connect()
    await until(() => caughtUp.length > 0)
    await bob.idle()
  }

  const shown = async () =>
    (await bob.messages(ADA)).map(({ content }) => (content.kind === 'text' ? content.body : content.kind))

  async function stored(): Promise<string> {
    const store = harness.stores.get('bob')
    if (store === undefined) throw new Error('no store')
    return JSON.stringify(await Promise.all(COLLECTIONS.map((collection) => store.all(collection))))
  }

  it('CT-5, CT-6: changes or deletes only what its author wrote, in the conversation in which it was said', async () => {
    const of = deposit(text('hers'))
    await fetched()
    const own = await bob.sendText(ADA, 'his')
    const changed = collect(bob, 'messageChanged')
    deposit(edit(of, 'forged'), EVE)
    deposit({ kind: 'delete', of: named(of) }, EVE)
    deposit({ kind: 'reaction', of: named(of), emoji: '👍', revision: 1 }, EVE)
    deposit({ kind: 'pin', of: named(of), pinned: true, revision: 1 }, EVE)
    deposit({ kind: 'delete', of: named(own, idOf(bob)) })
    deposit(edit(own, 'forged'))
    await fetched()
    expect(changed).toEqual([])
    expect(await shown()).toEqual(['hers', 'his'])
    deposit(edit(of, 'hers, in other words'))
    deposit({ kind: 'reaction', of: named(own, idOf(bob)), emoji: '👍', revision: 1 })
    await fetched()
    expect(await shown()).toEqual(['hers, in other words', 'his'])
    expect(changed.map(({ edited, reactions }) => ({ times: edited?.times, reactions }))).toEqual([
      { times: 1, reactions: undefined },
      { times: undefined, reactions: [{ emoji: '👍', accounts: [ADA] }] },
    ])
    expect((await bob.annotations.versions(ADA, named(of))).map(({ body }) => body)).toEqual([
      'hers',
      'hers, in other words',
    ])
    deposit({ kind: 'delete', of: named(of) })
    await fetched()
    expect(await shown()).toEqual(['deleted', 'his'])
  })

  it('CT-2: waits for a message that comes later, and not for more of them than it may', async () => {
    const of = drawMessageId()
    deposit(edit(of, 'in other words'))
    deposit({ kind: 'pin', of: named(of), pinned: true, revision: 1 })
    await fetched()
    const received = collect(bob, 'message')
    deposit(text('first words'), ADA, of)
    await fetched()
    expect(received.map(({ content, pinned }) => ({ content, pinned }))).toEqual([
      { content: { kind: 'text', body: 'in other words' }, pinned: true },
    ])
    expect((await bob.annotations.pinned(ADA)).map(({ id }) => id)).toEqual([of])
    const late = drawMessageId()
    deposit(edit(late, 'in other words'))
    for (let count = 0; count < LIMITS.earlyTargets; count += 1) deposit(edit(drawMessageId(), 'x'))
    await fetched()
    const all = (await harness.stores.get('bob')?.all('received')) ?? []
    expect(all.filter(({ partition }) => /^early \S+ /.test(partition))).toHaveLength(LIMITS.earlyTargets)
    deposit(text('first words'), ADA, late)
    await fetched()
    expect((await shown()).at(-1)).toBe('first words')
    bob.disconnect()
    clock.advance(46 * 24 * 60 * 60_000)
    await harness.close('bob')
    bob = await harness.open('bob')
    for (let opened = 0; opened < 8; opened += 1) {
      await harness.close('bob')
      bob = await harness.open('bob')
    }
    const left = (await harness.stores.get('bob')?.all('received')) ?? []
    expect(left.filter(({ partition }) => /^early \S+ /.test(partition))).toEqual([])
  })

  it('CT-6: a message that is deleted for everyone leaves no word of it, nor what was said of it', async () => {
    const of = deposit(text(SECRET))
    deposit(edit(of, `${SECRET} too`))
    await fetched()
    const answer = await bob.sendText(ADA, 'an answer', { quote: named(of) })
    const answered = async () => (await bob.message(ADA, named(answer, idOf(bob))))?.quote
    expect(await answered()).toMatchObject({ text: { body: `${SECRET} too` } })
    await bob.annotations.react(ADA, named(of), '😮')
    await bob.annotations.setPinned(ADA, named(of), true)
    await until(() => harness.hasSentAll('bob'))
    deposit({ kind: 'delete', of: named(of) })
    deposit({ kind: 'resent', messageId: of, content: text(SECRET) })
    deposit(edit(of, SECRET, 2))
    await fetched()
    const [message] = await bob.messages(ADA)
    expect(message).toMatchObject({ id: of, content: { kind: 'deleted', by: ADA } })
    expect(message).not.toHaveProperty('reactions')
    expect(await bob.annotations.pinned(ADA)).toEqual([])
    expect(await answered()).toMatchObject({ deleted: true })
    expect(await stored()).not.toContain(SECRET)
    expect(await stored()).not.toContain('😮')
    await expect(bob.annotations.react(ADA, named(of), '👍')).rejects.toMatchObject({ code: 'messageNotFound' })
    await bob.annotations.deleteForMe(ADA, [named(of)])
    expect(await shown()).toEqual(['an answer'])
  })

  it('CT-7: what is deleted for oneself is gone on all own devices, does not come again, and the other side keeps it', async () => {
    const of = deposit(text(SECRET))
    await fetched()
    expect((await bob.conversations())[0]?.unread).toBe(1)
    const gone = collect(bob, 'messagesExpired')
    // Only own devices say so.
    deposit({ kind: 'syncDelete', conversation: ADA, of: [named(of)] })
    await fetched()
    expect(gone).toEqual([])
    deposit({ kind: 'syncDelete', conversation: ADA, of: [named(of)] }, idOf(bob))
    deposit({ kind: 'resent', messageId: of, content: text(SECRET) })
    deposit(edit(of, SECRET))
    await fetched()
    expect(gone).toEqual([{ conversation: ADA, ids: [of] }])
    expect(await shown()).toEqual([])
    expect((await bob.conversations())[0]?.unread).toBe(0)
    expect(await stored()).not.toContain(SECRET)
    const early = drawMessageId()
    deposit({ kind: 'syncDelete', conversation: ADA, of: [named(early)] }, idOf(bob))
    const received = collect(bob, 'message')
    deposit(text(SECRET), ADA, early)
    await fetched()
    expect(received).toEqual([])
    expect(await stored()).not.toContain(SECRET)
    const later = deposit(text('still here'))
    await fetched()
    await bob.annotations.deleteForMe(ADA, [named(later)])
    const [queued] = (await harness.stores.get('bob')?.range('outbox', 'queue')) ?? []
    // There is no other device to tell, and nobody else is told.
    expect(JSON.stringify(queued ?? '')).not.toContain('syncDelete')
  })

  it('CT-11: what disappears takes with it what was said of it, here and in the queue', async () => {
    const of = deposit(text('shown for a minute', { timer: 60 }))
    deposit(edit(of, SECRET))
    await fetched()
    bob.disconnect()
    await bob.annotations.react(ADA, named(of), '😮')
    await bob.annotations.setPinned(ADA, named(of), true)
    const answer = await bob.sendText(ADA, 'an answer', { quote: named(of) })
    await bob.markRead(ADA)
    expect(await stored()).toContain('😮')
    const expired = collect(bob, 'messagesExpired')
    clock.advance(60_000)
    await until(() => expired.length > 0)
    expect(await stored()).not.toContain(SECRET)
    expect(await stored()).not.toContain('😮')
    expect(await bob.annotations.pinned(ADA)).toEqual([])
    expect(await bob.message(ADA, named(answer, idOf(bob)))).toMatchObject({ quote: named(of) })
    expect((await bob.message(ADA, named(answer, idOf(bob))))?.quote).not.toHaveProperty('text')
  })

  it('CT-6: an own text that nobody has yet is not sent any more, and leaves nothing', async () => {
    bob.disconnect()
    const id = await bob.sendText(ADA, SECRET)
    await bob.annotations.deleteForEveryone(ADA, named(id, idOf(bob)))
    expect(await shown()).toEqual([])
    expect(await stored()).not.toContain(SECRET)
  })

  it('CT-10: passes on the words that count now, without whom they name, and says that they are not its own', async () => {
    const of = deposit(text('first words', { mentions: [{ start: 0, length: 5, account: EVE }] }))
    const styles = [{ start: 0, length: 2, style: 'bold' }]
    deposit({ ...edit(of, 'in other words'), styles, mentions: [{ start: 3, length: 5, account: EVE }] })
    await fetched()
    const id = await bob.annotations.forward(ADA, named(of), EVE)
    const message = await bob.ownMessage(EVE, id)
    expect(message).toMatchObject({ forwarded: true, content: { kind: 'text', body: 'in other words', styles } })
    expect(message?.content).not.toHaveProperty('mentions')
    expect(await bob.annotations.forward(ADA, named(of), EVE, id)).toBe(id)
    expect(await bob.messages(EVE)).toHaveLength(1)
  })

  it('refuses what cannot be: other people’s words, what is no emoji, too many pins, what is not there', async () => {
    const of = deposit(text('hers'))
    await fetched()
    const none = { code: 'messageNotFound' }
    await expect(bob.annotations.edit(ADA, of, { body: 'his' })).rejects.toMatchObject(none)
    await expect(bob.annotations.deleteForEveryone(ADA, named(of))).rejects.toMatchObject(none)
    await expect(bob.annotations.react(ADA, named(drawMessageId()), '👍')).rejects.toMatchObject(none)
    await expect(bob.annotations.react(EVE, named(of), '👍')).rejects.toMatchObject(none)
    await expect(bob.annotations.react(ADA, named(of), 'ok')).rejects.toMatchObject({ code: 'contentInvalid' })
    const own = await bob.sendText(ADA, 'his')
    await expect(bob.annotations.edit(ADA, own, { body: '' })).rejects.toMatchObject({ code: 'contentInvalid' })
    for (let count = 0; count < LIMITS.pinnedMessages; count += 1) {
      await bob.annotations.setPinned(ADA, named(await bob.sendText(ADA, `${count}`), idOf(bob)), true)
    }
    await expect(bob.annotations.setPinned(ADA, named(own, idOf(bob)), true)).rejects.toMatchObject({
      code: 'tooManyPinned',
    })
    expect(await bob.annotations.pinned(ADA)).toHaveLength(LIMITS.pinnedMessages)
  })
})
