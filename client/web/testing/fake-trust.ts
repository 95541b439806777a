import type { KeyLogStatus } from '#sdk/index.ts'
import type { TrustView } from '../engine/api.ts'
import { fakeId } from './fake-conversations.ts'

const MINUTE = 60_000

const logAt = (now: number): NonNullable<KeyLogStatus['log']> => ({
  origin: 'relay.example/key-log',
  since: now - 90 * 24 * 60 * MINUTE,
  head: {
    size: 48_213,
    root: 'Vc2oV1zHZ0pQm3J8b6m4n2wX9t5yKqL7rAeSdFgUhYk',
    checkpoint: 'relay.example/key-log\n48213\n…\n',
    at: now - 7 * MINUTE,
    verifiedAt: now - 3 * MINUTE,
  },
  comparedAt: now - 40 * MINUTE,
  witnesses: [
    {
      key: 'witness.example/one+c718abff+BA',
      name: 'witness.example/one',
      isChosen: true,
      size: 48_210,
      at: now - 6 * MINUTE,
    },
    { key: 'witness.example/two+0a18abff+BA', name: 'witness.example/two', isChosen: false },
  ],
})

/** What the seeded contacts' screens say of the key log: one of them waits, one is stopped. */
export function fakeTrust(conversation: string, now: number, hasLog: boolean): TrustView {
  if (!hasLog) return { contact: { state: 'unrequired' }, own: { state: 'unrequired' } }
  const log = logAt(now)
  const proven = { log, state: 'proven', version: 2, checkedAt: now - 12 * MINUTE, size: 48_209 } as const
  const contact: KeyLogStatus =
    conversation === fakeId('states')
      ? { log, state: 'waiting', reason: 'listUnlogged', otherLogSince: now - 60 * MINUTE }
      : conversation === fakeId('changed')
        ? { log, state: 'stopped' }
        : proven
  return { contact, own: proven }
}
