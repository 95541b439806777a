/** Seeded groups: one for each thing that a group's screens have to show. */

import type { GroupEvent, GroupStage } from '#sdk/index.ts'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import type { GroupPolicy, GroupRole } from '#protocol/groups/roles.ts'
import type { GroupMemberView } from '../engine/api.ts'
import { fakeId } from './fake-conversations.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Something of a group's timeline: a message, by the key of its author, or an event. */
export type GroupLine = { readonly ago: number } & (
  | {
      readonly by: string
      readonly text: string
      readonly mentions?: readonly Mention[]
      readonly styles?: readonly StyleRange[]
      readonly readBy?: number
      /** Seconds. It runs since it was said, where that is not longer ago. */
      readonly timer?: number
      readonly sharedBy?: string
    }
  | { readonly event: GroupEvent }
)

export interface GroupSeed {
  readonly key: string
  readonly name: string
  readonly stage: GroupStage
  readonly members: readonly GroupMemberView[]
  readonly lines: readonly GroupLine[]
  /** The place of the last line that was read. */
  readonly readUpTo?: number
  readonly mentions?: number
  readonly pinned?: boolean
  readonly policy?: GroupPolicy
  readonly slowMode?: number
  readonly timer?: number
  readonly history?: number
  readonly links?: number
  readonly suite?: number
}

/** `self` is this account; other keys are those of the seeded conversations, so that both are one person. */
export function member(key: string, role: GroupRole, more: Partial<GroupMemberView> = {}): GroupMemberView {
  const isSelf = key === 'self'
  return {
    account: fakeId(key),
    role,
    devices: 1,
    isSelf,
    verified: false,
    hasLeft: false,
    ...(isSelf ? { name: 'Robin Frost', username: 'robin.frost', devices: 2 } : {}),
    ...more,
  }
}

export const MIRA = { name: 'Mira Halvorsen', username: 'mira.h', verified: true }
export const OTIS = { name: 'Otis Lindqvist', username: 'otis' }
export const PRIYA = { name: 'Priya Raman', username: 'priya' }
export const LIAT = { name: 'ליאת ברקוביץ׳', username: 'liat' }

const say = (
  by: string,
  ago: number,
  text: string,
  more: { mentions?: Mention[]; readBy?: number; timer?: number; sharedBy?: string } = {},
) => ({
  by,
  ago,
  text,
  ...more,
})
const happened = (ago: number, event: GroupEvent): GroupLine => ({ ago, event })
const at = (text: string, name: string, key: string): Mention => ({
  start: text.indexOf(`@${name}`),
  length: name.length + 1,
  account: fakeId(key),
})

const QUESTION = '@Mira Halvorsen can you bring the rope, and @Otis Lindqvist the lamps?'
const ANSWER = 'Yes. @Robin Frost you take the stove then.'

const CREW: GroupSeed = {
  key: 'crew',
  name: 'Pass crew',
  stage: 'joined',
  pinned: true,
  readUpTo: 14,
  mentions: 1,
  links: 1,
  members: [
    member('self', 'owner'),
    member('mira', 'admin', MIRA),
    member('states', 'moderator', OTIS),
    member('undecryptable', 'member', PRIYA),
    member('rtl', 'member', { ...LIAT, devices: 3, hasLeft: true }),
  ],
  lines: [
    happened(3 * DAY, { event: 'created', by: fakeId('self') }),
    happened(3 * DAY - MINUTE, {
      event: 'added',
      by: fakeId('self'),
      accounts: ['mira', 'states', 'undecryptable'].map(fakeId),
    }),
    happened(3 * DAY - 2 * MINUTE, { event: 'role', by: fakeId('self'), account: fakeId('mira'), role: 'admin' }),
    happened(3 * DAY - 3 * MINUTE, { event: 'linkMade', by: fakeId('mira') }),
    happened(3 * DAY - 4 * MINUTE, { event: 'joined', by: fakeId('rtl') }),
    say('rtl', 3 * DAY - 5 * MINUTE, 'שלום לכולם! תודה על הקישור.'),
    say('self', 2 * DAY, QUESTION, {
      mentions: [at(QUESTION, 'Mira Halvorsen', 'mira'), at(QUESTION, 'Otis Lindqvist', 'states')],
      readBy: 4,
    }),
    say('mira', 2 * DAY - 3 * MINUTE, 'The rope is dry and packed.'),
    say('mira', 2 * DAY - 2 * MINUTE, 'Forecast looks kind: https://www.yr.no/en'),
    say('states', 2 * DAY - MINUTE, 'Lamps are charging 🔦'),
    happened(DAY, { event: 'renamed', by: fakeId('mira'), name: 'Pass crew' }),
    happened(DAY - MINUTE, { event: 'policy', by: fakeId('self'), add: 'moderator' }),
    say('self', 50 * MINUTE, 'We meet at 6:40 by the bridge.', { readBy: 2 }),
    say('undecryptable', 12 * MINUTE, 'I may be ten minutes late.'),
    say('mira', 9 * MINUTE, ANSWER, { mentions: [at(ANSWER, 'Robin Frost', 'self')] }),
    say('mira', 8 * MINUTE, 'And the old map!'),
    say('states', 7 * MINUTE, 'See you all there.'),
    happened(6 * MINUTE, { event: 'left', by: fakeId('rtl') }),
  ],
}

const FIRST = ['Ada', 'Bo', 'Chidi', 'Dorotea', 'Emre', 'Fatou', 'Gunnhild', 'Hiroshi', 'Inés', 'Jonas']
const LAST = ['Achterberg', 'Bergström', 'Castellanos-Montenegro', 'Dvořák']

/** A village hall: many members, none of them this account's to rule. */
function commons(count: number): GroupSeed {
  const people = Array.from({ length: Math.max(0, count - 4) }, (_, index) => {
    const name = `${FIRST[index % FIRST.length] ?? ''} ${LAST[Math.floor(index / FIRST.length) % LAST.length] ?? ''}`
    return member(`commons${index}`, index < 3 ? 'moderator' : 'member', { name, username: `villager.${index}` })
  })
  const talk = Array.from({ length: 60 }, (_, index) => {
    const who = (index * 7) % 5 < 2 ? index % 3 : Math.floor(index / 4) % 8
    return say(`commons${who}`, 2 * DAY - index * 20 * MINUTE, CHATTER[index % CHATTER.length] ?? '')
  })
  return {
    key: 'commons',
    name: 'Valley Commons: notices, lost and found, lifts to town, and everything that is nobody’s business',
    stage: 'joined',
    policy: { add: 'moderator' },
    slowMode: 60,
    readUpTo: 50,
    suite: 1,
    members: [
      member('hall', 'owner', { name: 'Village Hall', username: 'hall' }),
      member('accepted', 'admin', {
        name: 'Ana Beatriz Conceição de Albuquerque Figueiredo Vasconcelos e Sousa, Department of Glaciology',
        username: 'ana.beatriz.figueiredo.vasconcel',
      }),
      ...people.slice(0, 3),
      member('self', 'member'),
      member('hostile', 'member', { name: '<b>Mallory</b>\u202Egnp.exe', username: 'mallory' }),
      ...people.slice(3),
    ],
    lines: [
      happened(3 * DAY, { event: 'welcomed', by: fakeId('hall') }),
      ...talk,
      happened(5 * HOUR, { event: 'slowMode', by: fakeId('accepted'), seconds: 60 }),
      happened(4.9 * HOUR, {
        event: 'added',
        by: fakeId('commons0'),
        accounts: Array.from({ length: 9 }, (_, index) => fakeId(`commons${index + 10}`)),
      }),
      happened(4.8 * HOUR, { event: 'removed', by: fakeId('commons1'), accounts: [fakeId('troll')] }),
      say('self', 4 * HOUR, 'Has anybody seen a grey glove?', { readBy: 31 }),
      say('hostile', 3 * HOUR, '<img src=x onerror=alert(1)> anybody?'),
    ],
  }
}

const CHATTER = [
  'The road to the lake is closed until noon.',
  'Thanks!',
  'Two seats free to town at four. Write to me if you want to come along; we are back before seven.',
  'Somebody left a blue bicycle at the hall.',
  'That is mine, sorry 🚲',
] as const

const OTHERS: readonly GroupSeed[] = [
  {
    key: 'timer',
    name: 'Door codes',
    stage: 'joined',
    timer: 86_400,
    members: [member('self', 'admin'), member('mira', 'owner', MIRA), member('states', 'member', OTIS)],
    lines: [
      say('mira', 30 * DAY, 'Codes change every week. What is written from now on goes after a day.'),
      happened(30 * DAY - MINUTE, { event: 'timer', by: fakeId('mira'), seconds: 86_400 }),
      say('mira', 23 * HOUR, 'The hut’s code is 4711 until Friday.', { timer: 86_400 }),
      say('self', 3 * HOUR, 'Thank you!', { timer: 86_400, readBy: 2 }),
      say('states', 40 * MINUTE, 'And the boat house?', { timer: 3_600 }),
      happened(30 * MINUTE, { event: 'timer', by: fakeId('self'), seconds: 0 }),
      happened(29 * MINUTE, { event: 'timer', by: fakeId('self'), seconds: 86_400 }),
      say('self', 20 * MINUTE, '👋', { timer: 86_400 }),
    ],
  },
  {
    key: 'orchard',
    name: 'Orchard watch',
    stage: 'joined',
    history: 25,
    members: [member('states', 'owner', OTIS), member('mira', 'member', MIRA), member('self', 'member')],
    lines: [
      say('states', 33 * DAY, 'The first plums are down. Who has ladders?', { sharedBy: 'states' }),
      say('mira', 33 * DAY - MINUTE, 'Two, and a basket that holds twenty kilos.', { sharedBy: 'states' }),
      say('mira', 33 * DAY - 2 * MINUTE, 'The gate sticks: lift it while you push.', { sharedBy: 'states' }),
      say('states', 32 * DAY, 'Robin comes along on Sunday, I will add them.', { sharedBy: 'states' }),
      happened(31 * DAY, { event: 'welcomed', by: fakeId('self') }),
      say('states', 31 * DAY - MINUTE, 'Welcome, Robin!'),
      happened(30 * DAY, { event: 'history', by: fakeId('states'), count: 25 }),
    ],
  },
  {
    key: 'rowing',
    name: 'Rowing Club',
    stage: 'left',
    members: [],
    lines: [
      happened(40 * DAY, { event: 'joined', by: fakeId('self') }),
      say('mira', 39 * DAY, 'The boat is in the water.'),
      happened(20 * DAY, { event: 'left', by: fakeId('self') }),
    ],
  },
  {
    key: 'broken',
    name: 'Night Watch',
    stage: 'broken',
    members: [member('self', 'admin'), member('mira', 'owner', MIRA), member('hostile', 'member', { name: 'Mallory' })],
    lines: [
      say('mira', 9 * DAY, 'Who is on duty tonight?'),
      happened(8 * DAY, { event: 'historyForked', by: fakeId('mira') }),
      happened(8 * DAY - HOUR, { event: 'missed' }),
      say('hostile', 7 * DAY, 'Me.'),
      happened(6 * DAY, { event: 'broken', by: fakeId('hostile'), reason: 'roleInsufficient' }),
    ],
  },
  {
    key: 'removed',
    name: 'Choir',
    stage: 'removed',
    members: [],
    lines: [happened(12 * DAY, { event: 'removed', by: fakeId('rtl'), accounts: [fakeId('self')] })],
  },
  {
    key: 'rejoining',
    name: 'Allotments',
    stage: 'rejoining',
    members: [member('self', 'member'), member('undecryptable', 'owner', PRIYA)],
    lines: [
      say('undecryptable', 15 * DAY, 'Beans are up.'),
      happened(14 * DAY, { event: 'missed' }),
      happened(14 * DAY, { event: 'rejoined', by: fakeId('undecryptable') }),
    ],
  },
  {
    key: 'joining',
    name: 'Reading circle',
    stage: 'joining',
    members: [member('self', 'member'), member('states', 'owner', OTIS)],
    lines: [],
  },
]

/** @param large members of the large group */
export function groupSeeds(large: number): readonly GroupSeed[] {
  return [CREW, commons(large), ...OTHERS]
}
