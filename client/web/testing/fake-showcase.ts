/** Conversations as people have them, for pictures that show what the client is for. Without emoji: not every Chromium has a font. */

import { type FakeConversation, type Seed, conversationsOf, DAY, HOUR, me, MINUTE, them } from './fake-conversations.ts'

const SEEDS: readonly Seed[] = [
  {
    key: 'alice',
    name: 'Alice Winter',
    username: 'alice.winter',
    row: { verified: true },
    lines: [
      them(DAY + 2 * HOUR, 'Is this the messenger whose server cannot read along?'),
      me(DAY + 2 * HOUR - 2 * MINUTE, 'It is. It passes on what only your devices can open.'),
      them(DAY + 2 * HOUR - 4 * MINUTE, 'And how do I know that it is you?'),
      me(DAY + 2 * HOUR - 6 * MINUTE, 'Compare our safety number when we meet: it is under my name.'),
      them(52 * MINUTE, 'Done, and the same on both. See you at the ice rink on Saturday?'),
      me(50 * MINUTE, 'Yes! Half past three. The way there: https://example.org/rink', {
        styles: [{ start: 5, length: 15, style: 'bold' }],
        state: 'delivered',
      }),
    ],
  },
  {
    key: 'mara',
    name: 'Mara Lindqvist',
    username: 'mara',
    unread: 2,
    row: { pinned: true },
    lines: [
      me(3 * HOUR, 'Did the parcel come?'),
      them(6 * MINUTE, 'It did, this morning.'),
      them(5 * MINUTE, 'You have to see what was in it!'),
    ],
  },
  {
    key: 'jonas',
    name: 'Jonas Berg',
    username: 'jonas.berg',
    lines: [me(4 * HOUR, 'The keys are under the third stone.')],
  },
  {
    key: 'priya',
    name: 'Priya Raman',
    username: 'priya',
    row: { draft: 'I will call you as soon as' },
    lines: [them(5 * HOUR, 'Are we still on for tonight?')],
  },
  {
    key: 'tomasz',
    name: 'Tomasz Zieliński',
    username: 'tomasz_z',
    row: { mutedUntil: null },
    lines: [them(DAY + 5 * HOUR, 'Minutes of the meeting are in the folder.')],
  },
  {
    key: 'noor',
    name: 'Noor Haddad',
    username: 'noor',
    lines: [me(3 * DAY, 'Sleep well, and thank you for the map.')],
  },
]

/** @param now milliseconds since 1970 that all times are counted back from */
export function showcase(now: number): Map<string, FakeConversation> {
  return new Map(conversationsOf(SEEDS, now).map((entry) => [entry.row.id, entry]))
}
