/** Seeded conversations that between them show every state the interface has. */

import { quotedContent } from '../state/quoted-content.ts'
import type { StyleRange } from '#protocol/content/content.ts'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import type { MediaView, MessageContent } from '#sdk/index.ts'
import { FILES } from './fake-media.ts'
import type { ConversationRow, QuoteView, TimelineItem } from '../engine/api.ts'
import { type NoticeItem, FakeTimeline } from './fake-timeline.ts'

type MessageItem = Extract<TimelineItem, { kind: 'message' }>

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export interface FakeConversation {
  row: ConversationRow
  readonly timeline: FakeTimeline
}

/** An id that is the same in every run: 16 octets, as the relay's are. */
export function fakeId(name: string): string {
  const bytes = new Uint8Array(16)
  bytes.set(utf8(name).slice(0, 16))
  return toBase64url(bytes)
}

/** One message: `in`/`out`, how long ago in milliseconds, the text, and what else differs from a plain one. */
export interface Line {
  readonly by: 'me' | 'them'
  /** In the place of a text: they, or the own account, set the timer to so many seconds. */
  readonly timerSet?: number
  /** Seconds after which it disappears; it was read at once. */
  readonly timer?: number
  readonly ago: number
  readonly text: string
  readonly styles?: readonly StyleRange[]
  readonly state?: MessageItem['state']
  readonly failure?: MessageItem['failure']
  /** A notice that stands after this message. */
  readonly notice?: NoticeItem['notice']
  readonly asked?: boolean
  readonly unknownKind?: boolean
  /** Files, above the text. */
  readonly files?: readonly MediaView[]
  /** What was done to it, and what it answers: by the place of that line in the conversation. */
  readonly marks?: Pick<MessageItem, 'reactions' | 'pinned' | 'forwarded'>
  readonly edited?: boolean
  readonly deleted?: boolean
  readonly answers?: number
}

export interface Seed {
  readonly key: string
  readonly name?: string
  readonly username?: string
  readonly lines: readonly Line[]
  readonly unread?: number
  readonly row?: Partial<ConversationRow>
}

export const them = (ago: number, text: string, more: Partial<Line> = {}): Line => ({ by: 'them', ago, text, ...more })
export const me = (ago: number, text: string, more: Partial<Line> = {}): Line => ({
  by: 'me',
  ago,
  text,
  state: 'read',
  ...more,
})

const LONG = Array.from(
  { length: 60 },
  (_, index) => `Paragraph ${index + 1}: the hut opens at six, bring a lamp, and tell whoever comes after you.`,
).join('\n')

const ZALGO = 'He comes'
  .split('')
  .map((letter) => letter + '\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308'.repeat(8))
  .join('')

const SEEDS: readonly Seed[] = [
  {
    key: 'mira',
    name: 'Mira Halvorsen',
    username: 'mira.h',
    unread: 2,
    row: { pinned: true, verified: true },
    lines: [
      them(2 * DAY + 3 * HOUR, 'The pass is open again.'),
      them(2 * DAY + 3 * HOUR - MINUTE, 'Shall we go up on Saturday?'),
      me(2 * DAY + 2 * HOUR, 'Yes! I will bring the stove.'),
      them(DAY + 4 * HOUR, 'Forecast looks kind: https://www.yr.no/en'),
      me(DAY + 3 * HOUR, 'Meet at 6:40 by the bridge? The key is under the third stone.', {
        styles: [
          { start: 8, length: 4, style: 'bold' },
          { start: 28, length: 33, style: 'spoiler' },
        ],
      }),
      them(DAY + 3 * HOUR - 2 * MINUTE, '❤️'),
      me(50 * MINUTE, 'Packed. See you there.'),
      me(49 * MINUTE, 'And I found the old map.', { state: 'delivered' }),
      them(9 * MINUTE, 'Perfect 🎿'),
      them(8 * MINUTE, 'Can you still take Jonas along?'),
    ],
  },
  {
    key: 'states',
    name: 'Otis Lindqvist',
    username: 'otis',
    row: { draft: 'I will call you as soon as' },
    lines: [
      me(5 * HOUR, 'This was read.', { state: 'read' }),
      me(4 * HOUR, 'This was delivered.', { state: 'delivered' }),
      them(3.5 * HOUR, '', { unknownKind: true }),
      me(3 * HOUR, 'This was sent.', { state: 'sent' }),
      me(30 * MINUTE, 'This one failed.', { state: 'failed', failure: 'quotaExceeded' }),
      me(20 * MINUTE, 'This waits for the connection.', { state: 'queued' }),
    ],
  },
  {
    key: 'undecryptable',
    name: 'Priya Raman',
    username: 'priya',
    unread: 1,
    lines: [
      them(6 * HOUR, 'I have a new phone, one moment…', { notice: 'undecryptable', asked: true }),
      them(5.9 * HOUR, 'Now it should work.', { notice: 'undecryptable', asked: false }),
      me(5 * HOUR, 'I could not read one of them.'),
      them(2 * HOUR, 'I sent it again.', { notice: 'gap' }),
    ],
  },
  {
    key: 'changed',
    name: 'Tomasz Zieliński',
    username: 'tomasz_z',
    row: { identityChanged: true },
    lines: [
      me(2 * DAY, 'Did the parcel come?'),
      them(1.5 * DAY, 'It did, thank you!', { notice: 'identityChanged' }),
      me(HOUR, 'Is this still you?', { state: 'blocked' }),
    ],
  },
  {
    key: 'accepted',
    name: 'Ana Beatriz Conceição de Albuquerque Figueiredo Vasconcelos e Sousa, Department of Glaciology',
    username: 'ana.beatriz.figueiredo.vasconcel',
    lines: [
      them(3 * DAY, 'My laptop was replaced.', { notice: 'identityAccepted' }),
      me(2.9 * DAY, `A very long word: ${'Donaudampfschifffahrtsgesellschaft'.repeat(6)}`),
      them(2.8 * DAY, LONG),
    ],
  },
  {
    key: 'rtl',
    name: 'ליאת ברקוביץ׳',
    username: 'liat',
    unread: 2,
    row: { mutedUntil: null },
    lines: [
      them(7 * HOUR, 'בוקר טוב! נפגשים ב־10:30 ליד התחנה?'),
      me(6.5 * HOUR, 'כן — I will bring the camera, ואת המפה.'),
      them(6 * HOUR, 'مرحبا، هذا اختبار للكتابة من اليمين إلى اليسار.'),
      them(5.5 * HOUR, 'Mixed: שלום abc 123 (test).'),
    ],
  },
  {
    key: 'emoji',
    name: '🦊🌈',
    username: 'fox',
    lines: [them(30 * HOUR, '👋'), me(29 * HOUR, '👩‍👩‍👧‍👦🇳🇴'), them(28 * HOUR, '🎉🎉🎉'), them(27 * HOUR, '🧊'.repeat(400))],
  },
  {
    key: 'hostile',
    name: '<b>Mallory</b>\u202Egnp.exe',
    username: 'mallory',
    unread: 11,
    lines: [
      them(3 * DAY, '<img src=x onerror=alert(1)><script>alert(2)</script> & &amp; ${7*7} {{constructor}}'),
      them(3 * DAY - MINUTE, 'javascript:alert(1) and data:text/html,<script>alert(1)</script> are not links'),
      them(3 * DAY - 2 * MINUTE, 'This is: https://example.org/?q=<script>&x=%22onload and mail to team@example.org.'),
      them(3 * DAY - 3 * MINUTE, 'Safe file: \u202Efdp.exe\u202C and \u2066isolated\u2069 \u202Eunterminated override'),
      them(3 * DAY - 4 * MINUTE, ZALGO),
      them(3 * DAY - 5 * MINUTE, 'zero\u200B\u200C\u200D\u2060\uFEFFwidth'.repeat(40)),
      them(3 * DAY - 6 * MINUTE, '\u200B'.repeat(2_000)),
      them(3 * DAY - 7 * MINUTE, '💥'.repeat(6_000)),
      them(3 * DAY - 8 * MINUTE, 'https://аpple.com/ looks like another address'),
      them(3 * DAY - 9 * MINUTE, 'Nested and overlapping styles, with a spoiler and https://example.org/path inside.', {
        styles: [
          { start: 0, length: 22, style: 'bold' },
          { start: 11, length: 18, style: 'italic' },
          { start: 22, length: 8, style: 'strikethrough' },
          { start: 38, length: 7, style: 'spoiler' },
          { start: 50, length: 24, style: 'spoiler' },
          { start: 50, length: 24, style: 'monospace' },
        ],
      }),
      them(3 * DAY - 10 * MINUTE, '\n'.repeat(500) + 'far below'),
    ],
  },
  {
    key: 'timer',
    name: 'Ida Sørensen',
    username: 'ida.s',
    row: { timer: 86_400 },
    lines: [
      them(2 * DAY, 'Can we keep this between us?'),
      me(2 * DAY - 5 * MINUTE, '', { timerSet: 604_800 }),
      them(2 * DAY - 6 * MINUTE, '', { timerSet: 86_400 }),
      them(7 * HOUR, 'The code of the gate is 4711.', { timer: 86_400 }),
      me(6 * HOUR, 'Thanks, I will forget it.', { timer: 86_400 }),
    ],
  },
  {
    key: 'files',
    name: 'Solveig Aune',
    username: 'solveig',
    lines: [
      them(5 * HOUR, 'The ridge this morning.', { files: [FILES.photo] }),
      me(4.9 * HOUR, '', { files: FILES.album }),
      them(4 * HOUR, '', { files: [FILES.film] }),
      them(3 * HOUR, '', { files: [FILES.voice] }),
      them(2 * HOUR, 'Please read before Saturday', { files: [FILES.file, FILES.gone] }),
      them(1.9 * HOUR, '', { files: [FILES.damaged] }),
      me(HOUR, 'On its way', { files: [FILES.going], state: 'queued' }),
      me(0.9 * HOUR, 'What a morning', { answers: 0 }),
      them(0.8 * HOUR, 'I heard it', { answers: 3 }),
      me(0.7 * HOUR, 'Read it', { answers: 4 }),
      me(0.65 * HOUR, 'Which of the three?', { answers: 1, files: [FILES.photo] }),
      me(0.6 * HOUR, '', { files: [FILES.copying], state: 'queued', marks: { forwarded: true } }),
      me(0.5 * HOUR, '', { files: [FILES.waiting], state: 'queued' }),
    ],
  },
  {
    key: 'marks',
    name: 'Solveig Aas',
    username: 'solveig',
    row: { pinnedMessages: [1, 4] },
    lines: [
      them(DAY + 5 * HOUR, 'The hut is booked for us from Friday on.', {
        marks: {
          pinned: true,
          reactions: [
            { emoji: '🎉', count: 2, isOwn: true },
            { emoji: '❤️', count: 1, isOwn: false },
          ],
        },
      }),
      me(DAY + 4 * HOUR, 'We meet at 6:40 by the bridge.', { answers: 0, edited: true }),
      them(DAY + 3 * HOUR, '', { deleted: true }),
      them(DAY + 2 * HOUR, 'Road to the valley closed from Sunday noon, says the county.', {
        marks: { pinned: true, forwarded: true },
      }),
      me(3 * HOUR, 'Then we leave before.', {
        answers: 3,
        marks: { reactions: [{ emoji: '👍', count: 1, isOwn: false }] },
      }),
      them(2 * HOUR, 'Whose stove was that?', { answers: 2 }),
      them(HOUR, 'And the one from last year?', { answers: -1 }),
    ],
  },
  {
    key: 'archived',
    name: 'Old Flat',
    username: 'old.flat',
    row: { archived: true },
    lines: [me(90 * DAY, 'Keys are in the post.')],
  },
  { key: 'nameless', username: 'quiet_one', lines: [] },
  { key: 'unnamed', lines: [them(10 * DAY, 'Hello, it is me.')] },
]

const CHATTER = [
  'All good here.',
  'Did you see the northern lights last night? The whole valley came out to look, in slippers and with blankets.',
  'Yes.',
  'Let me check and come back to you.',
  'On my way 🚲',
  'The list: tent, rope, stove, two lamps,\nthe blue bag,\nand something sweet.',
  'Thanks!',
] as const

/** The conversation that is too long to hold: message `order` is made from its number alone. */
function endless(id: string, count: number, now: number): FakeTimeline {
  return new FakeTimeline(count, (order) => {
    const outgoing = (order * 7919) % 13 < 6
    return {
      kind: 'message',
      id: fakeId(`m${order}`),
      order,
      outgoing,
      at: now - 12 * HOUR - (count - order) * 7 * MINUTE,
      state: outgoing ? 'read' : 'received',
      content: { kind: 'text', body: `#${order} ${CHATTER[order % CHATTER.length] ?? ''}` },
    }
  })
}

function contentOf({ text, styles, files, unknownKind }: Line): MessageContent {
  if (unknownKind === true) return { kind: 'unknown', original: { kind: 'poll' } }
  if (files !== undefined) return { kind: 'media', items: files, ...(text === '' ? {} : { body: text }) }
  return { kind: 'text', body: text, ...(styles === undefined ? {} : { styles }) }
}

function written(seed: Seed, id: string, now: number): FakeTimeline {
  const timeline = new FakeTimeline(0, () => {
    throw new RangeError('nothing is generated here')
  })
  for (const [index, line] of seed.lines.entries()) {
    if (line.timerSet !== undefined) {
      const event = { event: 'timer', by: line.by === 'me' ? fakeId('self') : id, seconds: line.timerSet } as const
      const place = { id: fakeId(`${seed.key}-${index}`), at: now - line.ago }
      timeline.appendEvent({ kind: 'groupEvent', ...place, event, names: { [id]: seed.name ?? '' } })
      continue
    }
    const { order } = timeline.append({
      kind: 'message',
      id: fakeId(`${seed.key}-${index}`),
      outgoing: line.by === 'me',
      at: now - line.ago,
      state: line.by === 'them' ? 'received' : (line.state ?? 'read'),
      ...(line.failure === undefined ? {} : { failure: line.failure }),
      ...(line.timer === undefined ? {} : { timer: line.timer, expiresAt: now - line.ago + line.timer * 1_000 }),
      ...line.marks,
      ...(line.edited === true ? { edited: { at: now - line.ago + MINUTE } } : {}),
      ...(line.answers === undefined ? {} : { quote: quoteIn(seed, line.answers, id) }),
      content:
        line.deleted === true ? { kind: 'deleted', by: line.by === 'me' ? fakeId('self') : id } : contentOf(line),
    })
    if (line.notice !== undefined) {
      timeline.notice({
        kind: 'notice',
        id: fakeId(`${seed.key}-n${index}`),
        order,
        at: now - line.ago,
        notice: line.notice,
        ...(line.asked === undefined ? {} : { asked: line.asked }),
      })
    }
  }
  return timeline
}

/** What a line answers; -1: something that is not on this device. */
function quoteIn(seed: Seed, index: number, id: string): QuoteView {
  const line = seed.lines[index]
  const author = { account: line?.by === 'me' ? fakeId('self') : id }
  if (line === undefined) return { id: fakeId('elsewhere'), author }
  const place = { id: fakeId(`${seed.key}-${index}`), author, order: index + 1 }
  return {
    ...place,
    ...quotedContent(line.deleted === true ? { kind: 'deleted', by: author.account } : contentOf(line)),
  }
}

/** What the list shows of the last message. */
export function previewOf(timeline: FakeTimeline): Pick<ConversationRow, 'preview' | 'lastAt' | 'lastOrder'> {
  const last = timeline.last()
  if (last === undefined) return { lastAt: 0, lastOrder: 0 }
  if (last.kind === 'groupEvent') {
    const happened = { event: last.event, names: last.names }
    const preview = { text: '', outgoing: false, state: 'received', kind: 'groupEvent', happened } as const
    return { lastAt: last.at, lastOrder: last.order, preview }
  }
  const { content, author } = last
  return {
    lastAt: last.at,
    lastOrder: last.order,
    preview: {
      ...(author?.name === undefined ? {} : { author: author.name }),
      text: 'body' in content ? (content.body ?? '').slice(0, 200) : '',
      outgoing: last.outgoing,
      state: last.state,
      kind: content.kind,
      ...(content.kind === 'media' ? { view: content.items[0]?.view ?? 'file' } : {}),
    },
  }
}

function conversation(seed: Omit<Seed, 'lines'>, timeline: FakeTimeline): FakeConversation {
  const unread = seed.unread ?? 0
  const row: ConversationRow = {
    id: fakeId(seed.key),
    ...(seed.name === undefined ? {} : { name: seed.name }),
    ...(seed.username === undefined ? {} : { username: seed.username }),
    unread,
    ...previewOf(timeline),
    readUpTo: Math.max(0, timeline.lastOrder - unread),
    pinned: false,
    archived: false,
    verified: false,
    identityChanged: false,
    ...seed.row,
  }
  return { row, timeline }
}

/** @param now what their times are counted back from, in milliseconds since 1970 */
export function conversationsOf(seeds: readonly Seed[], now: number): FakeConversation[] {
  return seeds.map((seed) => conversation(seed, written(seed, fakeId(seed.key), now)))
}

/**
 * @param now milliseconds since 1970 that all times are counted back from; a fixed one makes screenshots repeatable.
 * @param extra how many more plain conversations, for a list that scrolls.
 */
export function fakeConversations(now: number, extra: number): Map<string, FakeConversation> {
  const all = conversationsOf(SEEDS, now)
  const hundredThousand = endless(fakeId('endless'), 100_000, now)
  all.push(
    conversation(
      { key: 'endless', name: 'Weather Station', username: 'weather.station', unread: 112 },
      hundredThousand,
    ),
  )
  for (let index = 1; index <= extra; index++) {
    const seed: Seed = {
      key: `extra${index}`,
      name: `Neighbour ${index}`,
      username: `neighbour.${index}`,
      lines: [them(4 * DAY + index * HOUR, CHATTER[index % CHATTER.length] ?? '')],
    }
    all.push(conversation(seed, written(seed, fakeId(seed.key), now)))
  }
  return new Map(all.map((entry) => [entry.row.id, entry]))
}
