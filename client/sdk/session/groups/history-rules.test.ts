import { describe, expect, it } from 'vitest'
import { encodeContent } from '#protocol/content/codec.ts'
import { parseContent } from '#protocol/content/content.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupEvent } from '../events.ts'
import { drawMessageId } from '../message-id.ts'
import type { MessageRecord } from '../records.ts'
import {
  AnswerBudget,
  Selection,
  afterAsking,
  afterPart,
  isAwaited,
  mayAsk,
  mayBeShared,
  newWish,
  partsOf,
  recordOf,
  whomToAsk,
} from './history-rules.ts'

const [OWN, ADA, BEN] = [drawMessageId(), drawMessageId(), drawMessageId()]
const GROUP = drawMessageId()
const NAMES = new Map([ADA, BEN].map((account) => [account, { account, name: '\u0001'.repeat(64) }]))
const MINUTE = 60_000
const said = (body: string, more: Partial<MessageRecord> = {}): MessageRecord => ({
  id: drawMessageId(),
  from: { account: ADA, device: 1 },
  at: 5,
  state: 'received',
  content: { kind: 'text', body },
  ...more,
})
const happened = (event: GroupEvent): MessageRecord => said('', { event: event as never, content: null })
/** Texts that are chosen of a timeline, which is given from its beginning. */
function chosen(records: readonly MessageRecord[], count: number, who: ConstructorParameters<typeof Selection>[1]) {
  const selection = new Selection(count, who)
  for (const record of records.toReversed()) selection.offer(record)
  return { texts: selection.items.map(({ content }) => (content as { body: string }).body), selection }
}

describe('what is shown to joiners (Y-4)', () => {
  it('is no event, nothing that the group does not have, and no hearsay but among own devices', () => {
    expect(mayBeShared(said('a'), false)).toBe(true)
    expect(mayBeShared(said('a', { state: 'sent' }), false)).toBe(true)
    expect(mayBeShared(happened({ event: 'created', by: ADA }), false)).toBe(false)
    for (const state of ['queued', 'blocked', 'failed'] as const)
      expect(mayBeShared(said('a', { state }), true)).toBe(false)
    expect(mayBeShared(said('a', { sharedBy: BEN }), false)).toBe(false)
    expect(mayBeShared(said('a', { sharedBy: BEN }), true)).toBe(true)
    expect(mayBeShared(said('a', { timer: 60 }), true)).toBe(false)
  })

  it('CT-12: is with the words that count now, and not what was deleted', () => {
    const deleted = said('a', { content: null, annotations: { deleted: { by: ADA, id: drawMessageId() } } })
    expect(mayBeShared(deleted, true)).toBe(false)
    const version = { revision: 1, id: drawMessageId(), at: 6, body: 'in other words' }
    const edited = said('first words', { annotations: { versions: [version] } })
    const [part] = partsOf(GROUP, { device: 1, isOwn: false, sharer: BEN }, [edited], NAMES)
    expect(part?.items).toMatchObject([{ id: edited.id, content: { kind: 'text', body: 'in other words' } }])
  })

  it('is the newest from before the account came, the newest first', () => {
    const records = [
      happened({ event: 'added', by: ADA, accounts: [BEN] }),
      ...['a', 'b', 'c'].map((body) => said(body)),
      happened({ event: 'added', by: ADA, accounts: [OWN, BEN] }),
      said('d'),
    ]
    expect(chosen(records, 2, { isOwn: false, joiner: BEN }).texts).toEqual(['c', 'b'])
    expect(chosen(records, 2, { isOwn: false }).texts).toEqual(['d', 'c'])
    const byLink = [said('a'), happened({ event: 'joined', by: BEN }), said('b')]
    expect(chosen(byLink, 5, { isOwn: false, joiner: BEN }).texts).toEqual(['a'])
    // Nothing of its coming is known here: it is the newest then.
    expect(chosen(byLink, 5, { isOwn: false, joiner: OWN }).texts).toEqual(['b', 'a'])
  })

  it('is whole when it is as many as the group shows, or there were never more', () => {
    const created = happened({ event: 'created', by: ADA })
    expect(chosen([said('a'), said('b')], 2, { isOwn: false }).selection.isWhole).toBe(true)
    expect(chosen([said('a')], 2, { isOwn: false }).selection.isWhole).toBe(false)
    expect(chosen([created, said('a')], 2, { isOwn: false }).selection.isWhole).toBe(true)
  })
})

describe('an answer in parts (Y-5)', () => {
  it('has all messages, in parts that can be sent, and sent again', () => {
    const records = Array.from({ length: 40 }, (_, at) => said(`${at} ${'x'.repeat(4_000)}`))
    const parts = partsOf(GROUP, { device: 65_535, isOwn: false, sharer: BEN }, records, NAMES)
    expect(parts.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(records.map(({ id }) => id))
    expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, at) => at === parts.length - 1))
    let start = 0
    for (const part of parts) {
      expect(part.start).toBe(start)
      start += part.items.length
      // In each part anew, since one may come without the others.
      expect(part.profiles.map(({ account }) => account)).toEqual([ADA, BEN])
      expect(parseContent(part)).toEqual(part)
    }
  })

  it('holds the largest text, also sent again for the third time', () => {
    // A control character is six octets of JSON.
    const largest = said('\u0001'.repeat(10_140) + 'x'.repeat(50))
    const own = { ...largest, sharedBy: BEN }
    expect(parseContent(largest.content)).toBeDefined()
    expect(parseContent({ kind: 'text', body: '\u0001'.repeat(10_160) })).toBeUndefined()
    const [part] = partsOf(GROUP, { device: 65_535, isOwn: true, sharer: BEN }, [own], NAMES)
    if (part === undefined) throw new Error('left out')
    const resent = (content: typeof part | object) =>
      ({ kind: 'resent', messageId: drawMessageId(), content: content as { kind: string } }) as const
    expect(() => encodeContent(resent(resent(resent(part))))).not.toThrow()
  })

  it('ends after so many parts, and leaves out what fits into none', () => {
    const large = Array.from({ length: 50 }, () =>
      said('x'.repeat(20_000), { content: { kind: 'future', x: 'x'.repeat(50_000) } }),
    )
    expect(partsOf(GROUP, { device: 1, isOwn: false, sharer: BEN }, large, NAMES)).toHaveLength(
      LIMITS.groupHistoryParts,
    )
    const tooLarge = said('', { content: { kind: 'future', x: 'x'.repeat(61_300) } })
    const parts = partsOf(GROUP, { device: 1, isOwn: false, sharer: BEN }, [said('a'), tooLarge, said('b')], NAMES)
    expect(parts.flatMap(({ items }) => items.map(({ content }) => content['body']))).toEqual(['a', 'b'])
  })
})

describe('a shared message as it is kept (Y-7)', () => {
  const item = { id: drawMessageId(), from: ADA, at: 50, content: { kind: 'text', body: 'a' } }
  const by = (account: string) => ({ by: account, own: OWN, now: 100 })

  it('stands on the word of who shared it', () => {
    expect(recordOf({ ...item, sharedBy: ADA }, by(BEN))).toMatchObject({ sharedBy: BEN, state: 'received', at: 50 })
    expect(recordOf({ ...item, sharedBy: ADA }, by(OWN))?.sharedBy).toBe(ADA)
    expect(recordOf(item, by(OWN))?.sharedBy).toBe(OWN)
  })

  it('says nothing in the own name but from an own device, and nothing of the future', () => {
    expect(recordOf({ ...item, content: { kind: 'text', body: 'soon gone', timer: 60 } }, by(BEN))).toBeUndefined()
    expect(recordOf({ ...item, from: OWN }, by(BEN))).toBeUndefined()
    expect(recordOf({ ...item, from: OWN }, by(OWN))?.state).toBe('sent')
    expect(recordOf({ ...item, at: 1_000 }, by(BEN))?.at).toBe(100)
  })

  it('is a text, or of a kind that this build does not know', () => {
    const made = (content: { kind: string; [key: string]: unknown }) => recordOf({ ...item, content }, by(BEN))
    expect(made({ kind: 'future', x: 1 })?.content).toEqual({ kind: 'future', x: 1 })
    expect(made({ kind: 'text' })).toBeUndefined()
    for (const kind of ['profile', 'receipt', 'groupLeave', 'groupHistory', 'groupRejoin'])
      expect(made({ kind, name: 'x', receipt: 'read', messageIds: [item.id] })).toBeUndefined()
  })
})

describe('asking (Y-2)', () => {
  const members = [
    { account: OWN, rank: 0 },
    { account: ADA, rank: 3 },
    { account: BEN, rank: 0 },
    ...['c', 'd', 'e'].map((account) => ({ account, rank: 1 })),
  ]
  const asked = (hasOtherDevice: boolean, wish = newWish(25, 26, BEN)) =>
    whomToAsk(wish, { account: OWN, hasOtherDevice }, members, () => 0)

  it('goes to the own other device, who added this one, and then by rank', () => {
    expect(asked(true)).toEqual([OWN, BEN, ADA])
    expect(asked(false)).toEqual([BEN, ADA, 'c'])
  })

  it('goes to others the next time', () => {
    const wish = afterAsking(newWish(25, 26, BEN), asked(true), 0)
    expect(asked(true, wish)).toEqual([OWN, 'c', 'd'])
  })

  it('is done at once, then with growing pauses, and not for ever', () => {
    let wish = newWish(25, 26, undefined)
    let now = 0
    let times = 0
    for (; now < 24 * 60 * MINUTE; now += MINUTE) {
      if (!mayAsk(wish, now)) continue
      wish = afterAsking(wish, [ADA], now)
      times += 1
    }
    expect(times).toBe(5)
    expect(wish.of).toEqual([ADA])
    expect(mayAsk(afterAsking(newWish(1, 2, undefined), [ADA], 0), MINUTE)).toBe(false)
  })
})

describe('an answer that is waited for (Y-6)', () => {
  const from = { account: ADA, device: 1 }
  const wish = afterAsking(newWish(5, 6, undefined), [ADA, BEN], 0)
  const items = (count: number) =>
    Array.from({ length: count }, () => ({ id: '', from: ADA, at: 0, content: { kind: '' } }))

  it('is the first one, of who was asked, each part once', () => {
    expect(isAwaited(wish, from, 0)).toBe(true)
    expect(isAwaited(wish, { account: OWN, device: 1 }, 0)).toBe(false)
    const begun = afterPart(wish, from, { start: 0, items: items(2), isLast: false }) ?? wish
    expect(isAwaited(begun, { account: BEN, device: 1 }, 2)).toBe(false)
    expect(isAwaited(begun, { account: ADA, device: 2 }, 2)).toBe(false)
    expect(isAwaited(begun, from, 0)).toBe(false)
    expect(isAwaited(begun, from, 2)).toBe(true)
    expect(isAwaited(afterAsking(begun, [BEN], 1), { account: BEN, device: 1 }, 0)).toBe(true)
  })

  it('is over with its last part and all before, in whatever order they come, and once there are as many as shown', () => {
    const last = { start: 2, items: items(1), isLast: true }
    const first = { start: 0, items: items(2), isLast: false }
    const waiting = afterPart(wish, from, last)
    expect(waiting).toMatchObject({ end: 3, received: 1 })
    expect(afterPart(waiting ?? wish, from, first)).toBeUndefined()
    expect(afterPart(wish, from, { start: 0, items: items(9), isLast: false })).toBeUndefined()
  })
})

describe('the budget of answers (Y-3)', () => {
  it('is one a minute and a few a day for a device, and bounded for all', () => {
    const budget = new AnswerBudget()
    expect([0, 1, MINUTE, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE].map((now) => budget.spend('a', now))).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
    ])
    expect(budget.spend('a', 25 * 60 * MINUTE)).toBe(true)
    const many = Array.from({ length: 1_000 }, (_, at) => budget.spend(`device ${at}`, 25 * 60 * MINUTE))
    expect(many.filter(Boolean)).toHaveLength(199)
  })
})
