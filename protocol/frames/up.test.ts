import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { parseUpFrame } from './up.ts'

const ID = toBase64url(new Uint8Array(16))
const envelope = { device: 1, registrationId: 1, body: 'AQ' }
const message = { messageId: ID, to: ID, deviceListVersion: 1, envelopes: [envelope] }
const hello = { type: 'hello', version: 1, lastSeq: 0 }
const send = { type: 'send', messages: [message] }
const ack = { type: 'ack', upTo: 3, also: [5] }

const parse = (frame: unknown) => parseUpFrame(JSON.stringify(frame))
const repeat = <T>(item: T, times: number): T[] => Array.from({ length: times }, () => item)

describe('what is a frame', () => {
  it.each([
    ['hello', hello],
    ['hello with an incarnation', { ...hello, incarnation: ID }],
    ['send', send],
    ['a message without envelopes', { type: 'send', messages: [{ ...message, envelopes: [] }] }],
    ['an ephemeral and urgent message', { type: 'send', messages: [{ ...message, ephemeral: true, urgent: false }] }],
    ['ack', ack],
    ['groupAck', { type: 'groupAck', cursors: [{ group: ID, upTo: 0, report: true }], news: [ID] }],
  ])('%s comes out as it went in', (_, frame) => {
    expect(parse(frame)).toEqual({ ok: true, frame })
  })

  it('S-1: as many messages, devices and octets as the limits allow', () => {
    const body = toBase64url(new Uint8Array(LIMITS.envelopeBytes))
    const envelopes = Array.from({ length: LIMITS.devices }, (_, at) => ({ ...envelope, device: at + 1, body }))
    expect(parse({ type: 'send', messages: [{ ...message, envelopes }] }).ok).toBe(true)
    expect(parse({ type: 'send', messages: repeat(message, LIMITS.messagesPerSend) }).ok).toBe(true)
  })
})

describe('what is not', () => {
  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['half a frame', '{"type":"ack","upTo":1'],
    ['ping with a space', 'ping '],
    ['deep nesting', '['.repeat(100_000)],
  ])('F-1: %s is not JSON', (_, data) => {
    expect(parseUpFrame(data)).toEqual({ ok: false, code: 'notJson' })
  })

  it('F-1: a binary message is not JSON, even with JSON in it', () => {
    expect(parseUpFrame(utf8(JSON.stringify(ack)).buffer)).toEqual({ ok: false, code: 'notJson' })
  })

  it.each([null, 1, 'ack', [], [ack], {}, { type: 1 }, { type: null }, { type: ['ack'] }])(
    'F-3: %j has no type',
    (frame) => {
      expect(parse(frame)).toEqual({ ok: false, code: 'malformed', detail: 'type' })
    },
  )

  it.each(['welcome', 'Hello', 'ack ', '', '__proto__', 'constructor', 'toString'])(
    'F-3: type %j is unknown',
    (type) => {
      expect(parse({ ...hello, type })).toEqual({ ok: false, code: 'unknownFrame' })
    },
  )

  it.each([
    ['an unknown field', { ...hello, more: 1 }, 'more'],
    ['an unknown field in a message', { type: 'send', messages: [{ ...message, more: 1 }] }, 'messages.0.more'],
    ['a missing field', { type: 'hello', version: 1 }, 'lastSeq'],
    ['a negative seq', { ...ack, upTo: -1 }, 'upTo'],
    ['a fraction', { ...ack, upTo: 0.5 }, 'upTo'],
    ['a number as text', { ...ack, upTo: '1' }, 'upTo'],
    ['a seq of 0 in also', { ...ack, also: [0] }, 'also.0'],
    ['too many sparse acknowledgements', { ...ack, also: repeat(1, LIMITS.sparseAcks + 1) }, 'also'],
    ['no message', { type: 'send', messages: [] }, 'messages'],
    ['too many messages', { type: 'send', messages: repeat(message, LIMITS.messagesPerSend + 1) }, 'messages'],
  ])('F-4: %s is malformed, and told where', (_, frame, detail) => {
    expect(parse(frame)).toEqual({ ok: false, code: 'malformed', detail })
  })

  it.each([
    ['bad base64', [{ ...envelope, body: 'A' }], 'messages.0.envelopes.0.body'],
    ['base64 that is not canonical', [{ ...envelope, body: 'AB' }], 'messages.0.envelopes.0.body'],
    ['an empty body', [{ ...envelope, body: '' }], 'messages.0.envelopes.0.body'],
    [
      'a body over its limit',
      [{ ...envelope, body: toBase64url(new Uint8Array(LIMITS.envelopeBytes + 1)) }],
      'messages.0.envelopes.0.body',
    ],
    ['a device twice', [envelope, { ...envelope, body: 'Ag' }], 'messages.0.envelopes'],
    ['device 0', [{ ...envelope, device: 0 }], 'messages.0.envelopes.0.device'],
    [
      'a device too many',
      Array.from({ length: LIMITS.devices + 1 }, (_, at) => ({ ...envelope, device: at + 1 })),
      'messages.0.envelopes',
    ],
  ])('S-1: %s is malformed', (_, envelopes, detail) => {
    expect(parse({ type: 'send', messages: [{ ...message, envelopes }] })).toEqual({
      ok: false,
      code: 'malformed',
      detail,
    })
  })

  it('F-4: what it says of a refused frame holds none of its values', () => {
    const parsed = parse({ ...hello, incarnation: 'secret value' })
    expect(parsed).toEqual({ ok: false, code: 'malformed', detail: 'incarnation' })
  })

  it.each(['__proto__', 'constructor', 'hasOwnProperty'])('E-7: %s is an unknown field like any other', (name) => {
    const text = `{"type":"ack","upTo":1,"${name}":{"polluted":true}}`
    expect(parseUpFrame(text)).toMatchObject({ ok: false, code: 'malformed' })
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('F-2: size is that of the octets', () => {
  const padded = (letter: string, octets: number) => {
    const frame = JSON.stringify({ type: 'x', filler: '' })
    const room = octets - frame.length
    const size = utf8(letter).length
    return frame.replace('""', `"${letter.repeat(Math.floor(room / size))}${'.'.repeat(room % size)}"`)
  }

  it.each(['a', 'ä', '€', '😀'])(
    'a frame of %s: at the limit it is read, one octet later it is too large',
    (letter) => {
      const largest = padded(letter, LIMITS.frameBytes)
      expect(utf8(largest)).toHaveLength(LIMITS.frameBytes)
      expect(parseUpFrame(largest)).toEqual({ ok: false, code: 'unknownFrame' })
      expect(parseUpFrame(padded(letter, LIMITS.frameBytes + 1))).toEqual({ ok: false, code: 'tooLarge' })
    },
  )
})

describe('F-7: nothing that comes in makes it throw', () => {
  it('text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(parseUpFrame(text).ok).toBe(false)
      }),
    )
  })

  it('JSON, with names that mean something to JavaScript', () => {
    const names = fc.constantFrom('type', '__proto__', 'constructor', 'toJSON', 'messages', 'then', 'x')
    const values = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(names, tie('value')),
        fc.constantFrom('hello', 'send', 'ack'),
      ),
    })).value
    fc.assert(
      fc.property(values, (json) => {
        expect(parse(json).ok).toBe(false)
      }),
    )
  })

  it('frames with one value replaced by another: refused, or taken as they are', () => {
    const frames = fc.constantFrom(hello, send, ack)
    fc.assert(
      fc.property(frames, fc.jsonValue(), fc.nat(5), (frame, value, at) => {
        const keys = Object.keys(frame)
        const changed = { ...frame, [keys[at % keys.length] ?? 'type']: value }
        const parsed = parse(changed)
        // As it goes over the wire: JSON has no negative zero.
        if (parsed.ok) expect(parsed.frame).toEqual(JSON.parse(JSON.stringify(changed)))
        else expect(['malformed', 'unknownFrame']).toContain(parsed.code)
      }),
    )
  })
})
