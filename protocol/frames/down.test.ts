import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url } from '../bytes.ts'
import { NO_CHANGE } from '../groups/change.ts'
import { type DownFrame, parseDownFrame } from './down.ts'

const ID = toBase64url(new Uint8Array(16))
const SIGNATURE = toBase64url(new Uint8Array(64))
const KEY = toBase64url(new Uint8Array(32))
const PUBLIC_KEY = toBase64url(new Uint8Array(33))
const delivered = { messageId: ID, from: { account: ID, device: 1 }, at: 1, body: 'AQ' }

const FRAMES: readonly DownFrame[] = [
  {
    type: 'welcome',
    incarnation: ID,
    now: 1,
    deviceListVersion: 1,
    prekeys: { oneTimeCount: 0, highestOneTimeId: 0 },
    keyPackages: [{ suite: 83, count: 1, hasLastResort: true, highestId: 25 }],
  },
  { type: 'envelopes', items: [{ seq: 1, ...delivered }] },
  { type: 'ephemeral', items: [delivered] },
  { type: 'caughtUp', upTo: 0 },
  { type: 'gap', from: 0, to: 0, reason: 'storageLost' },
  { type: 'accepted', at: 1, messageIds: [ID] },
  {
    type: 'mismatch',
    messageId: ID,
    to: ID,
    missing: [1],
    extra: [2],
    stale: [3],
    deviceList: { bytes: 'AQ', signature: SIGNATURE },
    bundles: [
      {
        device: 1,
        registrationId: 1,
        signedPrekey: { id: 1, publicKey: PUBLIC_KEY, signature: SIGNATURE },
        oneTimePrekey: { id: 1, publicKey: PUBLIC_KEY },
      },
    ],
  },
  { type: 'rejected', messageId: ID, code: 'quotaExceeded', retryAfterMs: 1 },
  { type: 'deviceListChanged', version: 2 },
  { type: 'prekeysLow', oneTimeCount: 3 },
  { type: 'keyPackagesLow', status: { suite: 1, count: 7, hasLastResort: false, highestId: 25 } },
  {
    type: 'groupEntries',
    group: ID,
    items: [
      { kind: 'message', seq: 1, at: 1, messageId: ID, epoch: 0, body: 'AQ' },
      { kind: 'commit', seq: 2, at: 1, messageId: ID, epoch: 0, body: 'AQ', change: NO_CHANGE, sendKey: KEY },
    ],
  },
  { type: 'groupEphemeral', group: ID, messageId: ID, at: 1, body: 'AQ' },
  { type: 'groupNews', groups: [ID] },
  { type: 'error', code: 'malformed', message: 'text', detail: 'type' },
]

describe.each(FRAMES.map((frame) => [frame.type, frame] as const))('%s', (_, frame) => {
  it('comes out as it went in', () => {
    expect(parseDownFrame(JSON.stringify(frame))).toEqual(frame)
  })

  it('F-6: a field that this client does not know is ignored', () => {
    expect(parseDownFrame(JSON.stringify({ ...frame, future: { a: 1 } }))).toEqual(frame)
  })
})

describe('a relay that says something else', () => {
  it('F-6: a field from the future is ignored inside of items too', () => {
    const items = [{ seq: 1, ...delivered }]
    const text = JSON.stringify({ type: 'envelopes', items: items.map((item) => ({ ...item, future: 1 })) })
    expect(parseDownFrame(text)).toEqual({ type: 'envelopes', items })
  })

  it('an envelope without a sender is one: senders will be sealed', () => {
    const { from: _, ...sealed } = delivered
    const frame = { type: 'envelopes', items: [{ seq: 1, ...sealed }] }
    expect(parseDownFrame(JSON.stringify(frame))).toEqual(frame)
  })

  it.each(['future', '__proto__', 'constructor', ''])('F-6: a frame of type %j is no frame, and no failure', (type) => {
    expect(parseDownFrame(JSON.stringify({ type }))).toBeUndefined()
  })

  it('R-5: a code that this client does not know is not understood', () => {
    expect(parseDownFrame(JSON.stringify({ type: 'rejected', messageId: ID, code: 'future' }))).toBeUndefined()
  })

  it('F-7: whatever it is, nothing is thrown', () => {
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json())
    fc.assert(
      fc.property(anything, (text) => {
        expect(parseDownFrame(text)).toBeUndefined()
      }),
    )
  })
})
