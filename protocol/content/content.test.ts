import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { decodeContent, decodePlaintext, encodeContent } from './codec.ts'
import { type KnownContent, parseContent } from './content.ts'
import { ContentTooLargeError, pad } from './padding.ts'

const ID = toBase64url(new Uint8Array(16))
const text = { kind: 'text', body: 'hello' } as const

const SECRET = toBase64url(new Uint8Array(32))
const file = { object: SECRET, key: SECRET, digest: SECRET, size: 5, view: 'file', type: 'text/plain' } as const
const media = { kind: 'media' as const, items: [file] }

const KNOWN: readonly KnownContent[] = [
  text,
  media,
  {
    kind: 'media',
    items: [
      {
        ...file,
        view: 'picture',
        type: 'image/webp',
        name: 'a.webp',
        width: 3,
        height: 4,
        thumbhash: 'AAAA',
        alt: 'a cat',
      },
      { ...file, view: 'voice', type: 'audio/webm', duration: 1_500, waveform: 'AAAA', release: SECRET },
      { ...file, view: 'video', type: 'video/mp4', thumbnail: 'AAAA' },
    ],
    body: 'look',
    styles: [{ start: 0, length: 4, style: 'bold' }],
    mentions: [{ start: 0, length: 4, account: ID }],
    timer: 60,
  },
  { kind: 'text', body: 'a bold word', styles: [{ start: 2, length: 4, style: 'bold' }] },
  { kind: 'text', body: 'gone in an hour', timer: 3_600 },
  { kind: 'text', body: 'an answer', quote: { author: ID, id: ID } },
  { kind: 'text', body: 'passed on', forwarded: true },
  { kind: 'reaction', of: { author: ID, id: ID }, emoji: '👍', revision: 1 },
  { kind: 'reaction', of: { author: ID, id: ID }, revision: 2 },
  { kind: 'edit', of: ID, body: 'other words', styles: [{ start: 0, length: 5, style: 'bold' }], revision: 1 },
  { kind: 'delete', of: { author: ID, id: ID } },
  { kind: 'pin', of: { author: ID, id: ID }, pinned: true, revision: 1 },
  { kind: 'syncDelete', conversation: ID, of: [{ author: ID, id: ID }] },
  { kind: 'receipt', receipt: 'read', messageIds: [ID] },
  { kind: 'typing', typing: true },
  { kind: 'profile', name: 'Алиса', username: 'alice' },
  { kind: 'retryRequest', messageId: ID },
  { kind: 'resent', messageId: ID, content: text },
  { kind: 'syncSent', to: ID, messageId: ID, content: text },
  { kind: 'syncRead', from: ID, messageIds: [ID], at: 1 },
  { kind: 'groupHistoryRequest', group: ID },
  {
    kind: 'groupHistory',
    group: ID,
    device: 1,
    start: 0,
    items: [{ id: ID, from: ID, at: 1, content: { kind: 'future', x: 1 } }],
    profiles: [{ account: ID, name: 'Ada' }],
    isLast: true,
  },
]

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
const decodeText = (json: string) => decodeContent(pad(utf8(json)))

describe('what is told beside the content', () => {
  const head = {
    log: 7,
    size: 9,
    root: toBase64url(new Uint8Array(32)),
    signature: toBase64url(new Uint8Array(64)),
  }
  const json = (told: unknown) => pad(utf8(JSON.stringify({ ...text, keyLogHead: told })))

  it('Q-35: comes with any kind, one from the future too, and is no part of it', () => {
    expect(decodePlaintext(encodeContent(text, head))).toEqual({ content: text, head })
    const future = decodePlaintext(pad(utf8(JSON.stringify({ kind: 'future', more: 1, keyLogHead: head }))))
    expect(future).toEqual({ content: { kind: 'unknown', original: { kind: 'future', more: 1 } }, head })
  })

  it('Q-35: is ignored when it is none, and leaves the content what it is', () => {
    for (const told of [{ ...head, size: 0 }, { ...head, log: 2 ** 32 }, { ...head, root: '' }, null, 1, []]) {
      expect(decodePlaintext(json(told))).toEqual({ content: text })
    }
    expect(decodePlaintext(json({ ...head, more: 1 }))).toEqual({ content: text, head })
  })

  it('Q-35: is left out where there is no room for it', () => {
    const whole = (content: KnownContent): KnownContent => ({ kind: 'resent', messageId: ID, content })
    const body = '\u0001'.repeat(Math.floor((LIMITS.textJsonBytes - 40) / 6))
    let large: KnownContent = { kind: 'text', body }
    while (decodePlaintext(encodeContent(large, head))?.head !== undefined) large = whole(large)
    expect(decodePlaintext(encodeContent(large, head))).toEqual({ content: large })
  })
})

describe('content that this client knows', () => {
  it.each(KNOWN.map((content) => [content.kind, content] as const))('%s comes back as it was', (_, content) => {
    expect(decodeContent(encodeContent(content))).toEqual(content)
  })

  it('M-2: loses fields that this client does not know', () => {
    expect(parseContent({ ...text, future: 1 })).toEqual(text)
  })

  it.each([
    ['a text without a body', { kind: 'text' }],
    ['an empty text', { ...text, body: '' }],
    ['a style of length 0', { ...text, styles: [{ start: 0, length: 0, style: 'bold' }] }],
    ['an unknown style', { ...text, styles: [{ start: 0, length: 1, style: 'blink' }] }],
    ['a text that disappears at once', { ...text, timer: 0 }],
    ['a text that disappears in more than 52 weeks', { ...text, timer: LIMITS.timerSeconds + 1 }],
    ['an answer to nothing that has a name', { ...text, quote: { author: ID } }],
    ['a text that is not passed on, and says so', { ...text, forwarded: false }],
    ['a reaction to nothing', { kind: 'reaction', emoji: '👍', revision: 1 }],
    ['an edit without words', { kind: 'edit', of: ID, body: '', revision: 1 }],
    [
      'an edit with a style beyond its words',
      { kind: 'edit', of: ID, body: 'a', styles: [{ start: 0, length: 2, style: 'bold' }], revision: 1 },
    ],
    ['the first revision', { kind: 'edit', of: ID, body: 'a', revision: 0 }],
    ['a revision that nobody comes to', { kind: 'edit', of: ID, body: 'a', revision: LIMITS.revisionStep + 1 }],
    ['a pin that says not whether', { kind: 'pin', of: { author: ID, id: ID }, revision: 1 }],
    ['a deletion of nothing', { kind: 'syncDelete', conversation: ID, of: [] }],
    ['media without a file', { kind: 'media', items: [] }],
    ['too many files', { kind: 'media', items: Array.from({ length: LIMITS.mediaItems + 1 }, () => file) }],
    ['a file that is too large', { kind: 'media', items: [{ ...file, size: LIMITS.mediaBytes + 1 }] }],
    ['a file with a short key', { kind: 'media', items: [{ ...file, key: ID }] }],
    ['a file of a type with parameters', { kind: 'media', items: [{ ...file, type: 'text/html; charset=utf-8' }] }],
    ['a picture without height', { kind: 'media', items: [{ ...file, height: 0 }] }],
    ['a name over its limit', { kind: 'media', items: [{ ...file, name: 'x'.repeat(LIMITS.mediaNameMax + 1) }] }],
    ['media with a style on no text', { ...media, styles: [{ start: 0, length: 1, style: 'bold' }] }],
    ['a receipt of nothing', { kind: 'receipt', receipt: 'read', messageIds: [] }],
    ['a receipt of another kind', { kind: 'receipt', receipt: 'seen', messageIds: [ID] }],
    ['a bad message id', { kind: 'retryRequest', messageId: 'x' }],
    ['typing that is not yes or no', { kind: 'typing', typing: 1 }],
    ['a profile name over its limit', { kind: 'profile', name: 'x'.repeat(LIMITS.profileNameMax + 1) }],
    [
      'shared messages that are none',
      { kind: 'groupHistory', group: ID, device: 1, start: 0, items: [], profiles: [], isLast: true },
    ],
    ['resent content without a kind', { kind: 'resent', messageId: ID, content: {} }],
  ])('M-2: %s is none', (_, content) => {
    expect(parseContent(content)).toBeUndefined()
  })

  it.each(['👍', '❤️', '❤', '👩🏽‍❤️‍💋‍👩🏿', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇩🇪', '1️⃣', '👨🏽‍👩🏽‍👧🏽‍👦🏽', '🏳️‍🌈'])('CT-4: %s is one emoji', (emoji) => {
    expect(parseContent({ kind: 'reaction', of: { author: ID, id: ID }, emoji, revision: 1 })).toBeDefined()
  })

  it.each(['', 'a', '1', 'ok', '👍👍', '👍 ', ' 👍', '\u200D', '👍\u0301', '🇩', `👍${'\u200D👍'.repeat(20)}`])(
    'CT-4: %j is no emoji',
    (emoji) => {
      expect(parseContent({ kind: 'reaction', of: { author: ID, id: ID }, emoji, revision: 1 })).toBeUndefined()
    },
  )

  it('MD-3: a view from the future is shown as a file', () => {
    const hologram = { kind: 'media', items: [{ ...file, view: 'hologram', colour: 'red' }] }
    expect(parseContent(hologram)).toEqual(media)
  })

  it('MD-3: media that would not fit are none, as many small pictures with a long text are', () => {
    const item = { ...file, thumbnail: toBase64url(new Uint8Array(LIMITS.mediaThumbnailBytes)) }
    const items = Array.from({ length: LIMITS.mediaItems }, () => item)
    const body = (length: number) => ({ kind: 'media', items, body: 'x'.repeat(length) })
    expect(parseContent(body(10_000))).toBeDefined()
    expect(parseContent(body(LIMITS.textBytes))).toBeUndefined()
  })

  it('M-3: a style ends where the text does, in UTF-16 code units', () => {
    const body = 'a😀'
    const styled = (start: number, length: number) => ({
      kind: 'text',
      body,
      styles: [{ start, length, style: 'bold' }],
    })
    expect(parseContent(styled(0, 3))).toEqual(styled(0, 3))
    expect(parseContent(styled(0, 4))).toBeUndefined()
    expect(parseContent(styled(3, 1))).toBeUndefined()
  })

  it('M-3: a text is limited in octets, styles and receipts in number', () => {
    const euros = (count: number) => ({ kind: 'text', body: '€'.repeat(count) })
    expect(parseContent(euros(LIMITS.textBytes / 3))).toBeDefined()
    expect(parseContent(euros(LIMITS.textBytes / 3 + 1))).toBeUndefined()
    const style = { start: 0, length: 1, style: 'bold' } as const
    const styles = (count: number) => ({ ...text, styles: Array.from({ length: count }, () => style) })
    expect(parseContent(styles(LIMITS.styleRanges))).toBeDefined()
    expect(parseContent(styles(LIMITS.styleRanges + 1))).toBeUndefined()
    const receipt = (count: number) => ({
      kind: 'receipt',
      receipt: 'read',
      messageIds: Array.from({ length: count }, () => ID),
    })
    expect(parseContent(receipt(LIMITS.receiptMessages))).toBeDefined()
    expect(parseContent(receipt(LIMITS.receiptMessages + 1))).toBeUndefined()
  })
})

describe('size', () => {
  it('Z-2: the longest text fits, also for the own devices, even if each character is escaped by a backslash', () => {
    for (const letter of ['a', '"', '\\', '\n']) {
      const content = { kind: 'text', body: letter.repeat(LIMITS.textBytes) } as const
      expect(() => encodeContent(content)).not.toThrow()
      expect(() => encodeContent({ kind: 'syncSent', to: ID, messageId: ID, content })).not.toThrow()
    }
  })

  it('M-3: whatever text is taken fits, also for the own devices and when it is sent again', () => {
    const letters = fc.constantFrom('a', '"', '\u0001', '\u{d800}', '€', '😀')
    const styles = fc.constantFrom(0, LIMITS.styleRanges)
    fc.assert(
      fc.property(letters, fc.integer({ min: 1, max: LIMITS.textBytes }), styles, (letter, count, styleCount) => {
        const body = letter.repeat(count)
        const style = { start: 0, length: body.length, style: 'strikethrough' } as const
        const content = { kind: 'text', body, styles: Array.from({ length: styleCount }, () => style) } as const
        if (parseContent(content) === undefined) return
        for (const whole of [
          content,
          { kind: 'syncSent', to: ID, messageId: ID, content } as const,
          { kind: 'resent', messageId: ID, content } as const,
        ]) {
          expect(decodeContent(encodeContent(whole))).toEqual(whole)
        }
      }),
      {
        examples: [
          ['\u0001', LIMITS.textBytes, 0],
          ['"', LIMITS.textBytes, LIMITS.styleRanges],
        ],
      },
    )
  })

  it('M-3: a text that escapes to more than fits is refused before it is queued', () => {
    expect(parseContent({ kind: 'text', body: '\u0001'.repeat(10_000) })).toBeDefined()
    expect(parseContent({ kind: 'text', body: '\u0001'.repeat(11_000) })).toBeUndefined()
  })

  it('Z-2: content that does not fit is refused by name', () => {
    const body = '\u0001'.repeat(11_000)
    expect(() => encodeContent({ kind: 'text', body })).toThrow(ContentTooLargeError)
  })
})

describe('content from the future', () => {
  it('M-1: an unknown kind is kept as it came', () => {
    // The schema library leaves out the names that lead to prototypes.
    const names = fc.string().filter((name) => !(name in {}) && name !== 'prototype')
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })), (fields) => {
        const json = JSON.stringify({ ...fields, kind: 'future' })
        expect(parseContent(JSON.parse(json))).toEqual({ kind: 'unknown', original: JSON.parse(json) as unknown })
      }),
    )
  })

  it.each([null, 1, 'text', [], {}, { kind: 1 }, { kind: '' }, { kind: 'x'.repeat(65) }])('M-2: %j is none', (json) => {
    expect(parseContent(json)).toBeUndefined()
  })
})

describe('a hostile sender', () => {
  it.each(['text', 'future'])('M-4: __proto__ in a %s changes no object', (kind) => {
    const json = `{"kind":"${kind}","body":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`
    const content = decodeText(json)
    expect(content).toBeDefined()
    expect(content).not.toHaveProperty('polluted')
    expect(content).not.toHaveProperty(['original', 'polluted'])
    expect({}).not.toHaveProperty('polluted')
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('M-4: the kind %s is an unknown one', (kind) => {
    expect(decodeText(`{"kind":"${kind}"}`)).toEqual({ kind: 'unknown', original: { kind } })
  })

  it('M-4: nesting that could be parsed but never stored is none', () => {
    const levels = 20_000
    expect(decodeText(`{"kind":"future","a":${'['.repeat(levels)}${']'.repeat(levels)}}`)).toBeUndefined()
    const wrapped = '{"kind":"resent","content":'.repeat(1_500)
    expect(decodeText(`${wrapped}{"kind":"future"}${'}'.repeat(1_500)}`)).toBeUndefined()
  })

  it('M-4: nesting is taken up to its limit', () => {
    const content = (levels: number) => ({ kind: 'future', a: nested(levels) })
    expect(parseContent(content(LIMITS.contentNesting - 1))).toBeDefined()
    expect(parseContent(content(LIMITS.contentNesting))).toBeUndefined()
  })

  it('M-2: octets that are no content are none, and nothing is thrown', () => {
    expect(decodeContent(pad(Uint8Array.of(0xff, 0xfe)))).toBeUndefined()
    expect(decodeContent(pad(utf8('{"kind":')))).toBeUndefined()
    expect(decodeContent(new Uint8Array())).toBeUndefined()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (octets) => void decodeContent(octets)))
  })

  it('M-4: whatever is taken can be written again and cloned', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 40 }), fc.constantFrom('text', 'resent', 'future'), (value, kind) => {
        const content = parseContent({ kind, body: value, content: value, messageId: ID })
        expect(() => JSON.stringify(structuredClone(content))).not.toThrow()
      }),
    )
  })
})
