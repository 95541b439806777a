import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../bytes.ts'
import { KEY_LOG_LIMITS } from '../limits.ts'
import { leafHash } from '../log/hash.ts'
import { base64, hex } from '../testing/data.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { formatVerifierKey, noteKey, parseVerifierKey } from './keys.ts'
import { formatNote, parseNote, signatureLine } from './note.ts'
import { openNote } from './open.ts'
import { cosign, noteSigner, signText } from './sign.ts'

interface Example {
  readonly what: string
  readonly note: string
  readonly keys: readonly string[]
  readonly rawKey?: { readonly name: string; readonly publicKey: string }
  readonly signers: number
  readonly signatures: number
  readonly checkpoint?: { readonly origin: string; readonly size: number }
  readonly times?: readonly (number | null)[]
}

const vectors = JSON.parse(readFileSync(new URL('../testdata/notes.json', import.meta.url), 'utf8')) as {
  readonly good: readonly Example[]
  readonly refused: readonly Example[]
  readonly malformed: readonly { readonly what: string; readonly note: string }[]
  readonly signing: Record<'name' | 'secretKey' | 'key' | 'text' | 'note', string>
  readonly badKeys: readonly string[]
}

const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('undefined')
  return value
}
const keysOf = ({ keys, rawKey }: Example) => [
  ...keys.map((key) => must(parseVerifierKey(key))),
  ...(rawKey ? [noteKey(rawKey.name, 'log', hex(rawKey.publicKey))] : []),
]
const log = noteSigner('log.example/kt', 'log', new Uint8Array(32).fill(1))
const witness = noteSigner('witness.example/w1', 'cosignature', new Uint8Array(32).fill(2))
const head = { origin: 'log.example/kt', size: 7, root: leafHash(utf8('root')), extensions: [] }

describe('signed notes of others', () => {
  it('are as many as were taken over', () => {
    expect([vectors.good.length, vectors.refused.length, vectors.malformed.length]).toEqual([13, 2, 8])
  })

  it.each(vectors.good)('$what', (example) => {
    const note = must(parseNote(example.note))
    expect(note.signatures).toHaveLength(example.signatures)
    expect(formatNote(note)).toBe(example.note)
    const signers = must(openNote(note, keysOf(example)))
    expect(signers).toHaveLength(example.signers)
    if (example.times) expect(signers.map(({ time }) => time ?? null)).toEqual(example.times)
    if (example.checkpoint) {
      const checkpoint = must(parseCheckpoint(note.text))
      expect(checkpoint).toMatchObject(example.checkpoint)
      expect(formatCheckpoint(checkpoint)).toBe(note.text)
    }
  })

  it.each(vectors.refused)('$what', (example) => {
    expect(openNote(must(parseNote(example.note)), keysOf(example))).toBeUndefined()
  })

  it.each(vectors.malformed)('malformed: $what', ({ note }) => {
    expect(parseNote(note)).toBeUndefined()
  })

  it('come out of our signer to the octet', () => {
    const { name, secretKey, key, text, note } = vectors.signing
    const signer = noteSigner(name, 'log', base64(secretKey))
    expect(formatVerifierKey(signer.key)).toBe(key)
    expect(formatNote({ text, signatures: [signText(signer, text)] })).toBe(note)
  })
})

describe('a verifier key', () => {
  it('is not read when anything of it is missing or other (golang/mod, TestNewVerifier)', () => {
    const { key } = vectors.signing
    expect(formatVerifierKey(must(parseVerifierKey(key)))).toBe(key)
    const taken: string[] = []
    for (let from = 0; from <= key.length; from += 1) {
      for (let to = from + 1; to <= key.length; to += 1) {
        const part = key.slice(from, to)
        if (part !== key && parseVerifierKey(part) !== undefined) taken.push(part)
      }
    }
    for (let at = 0; at < key.length; at += 1) {
      const next = String.fromCharCode(key.charCodeAt(at) + 1)
      const other = key.slice(0, at) + next + key.slice(at + 1)
      if (parseVerifierKey(other) !== undefined) taken.push(other)
    }
    expect([...taken, ...vectors.badKeys.filter((bad) => parseVerifierKey(bad) !== undefined)]).toEqual([])
    expect(parseVerifierKey(key.replace('c74f20a3', 'C74F20A3'))).toBeUndefined()
    expect(() => noteKey('a b', 'log', new Uint8Array(32))).toThrow(RangeError)
    expect(() => noteKey('a', 'log', new Uint8Array(33))).toThrow(RangeError)
  })

  it('has another id for another kind of signature', () => {
    const publicKey = log.key.publicKey
    expect(noteKey('a', 'log', publicKey).keyId).not.toBe(noteKey('a', 'cosignature', publicKey).keyId)
  })
})

describe('a note', () => {
  it('is refused whole for characters, names and encodings that the format forbids', () => {
    const text = 'text\n'
    const line = signatureLine(signText(log, text))
    const encoded = must(line.split(' ')[2]).trim()
    expect(parseNote(`${text}\n${line}`)?.text).toBe(text)
    const refused = [
      `${text}\n${line}\n`,
      `${text}\r\n${line}`,
      `te\txt\n\n${line}`,
      `te\u0000xt\n\n${line}`,
      `te\ud800xt\n\n${line}`,
      `\n${line}`,
      `${text}\n${line.replace('—', '-')}`,
      `${text}\n${line.replace('— ', '—  ')}`,
      `${text}\n${line.replace('log', 'l\u00a0og')}`,
      `${text}\n${line.replace('log', 'l\u2003og')}`,
      `${text}\n${line.replace('log', 'l+og')}`,
      `${text}\n${line.trimEnd()} \n`,
      `${text}\n— log ${toBase64(Uint8Array.of(1, 2, 3, 4))}\n`,
      `${text}\n— log ${encoded.replaceAll('=', '')}\n`,
      `${text}\n— log AAAAAAB=\n`,
      `${text}\n${line.repeat(KEY_LOG_LIMITS.noteSignatures + 1)}`,
      `${'x'.repeat(KEY_LOG_LIMITS.noteBytes)}\n\n${line}`,
      `${'ü'.repeat(KEY_LOG_LIMITS.noteBytes / 2)}\n\n${line}`,
    ]
    expect(refused.filter((source) => parseNote(source) !== undefined)).toEqual([])
    expect(parseNote(`${text}\n${line.repeat(KEY_LOG_LIMITS.noteSignatures)}`)?.signatures).toHaveLength(32)
    expect(() => formatNote({ text: 'no newline', signatures: [signText(log, text)] })).toThrow(RangeError)
    expect(() => formatNote({ text, signatures: [] })).toThrow(RangeError)
  })

  it('may hold empty lines: the last one ends it', () => {
    const text = 'one\n\ntwo\n'
    const source = formatNote({ text, signatures: [signText(log, text)] })
    expect(parseNote(source)?.text).toBe(text)
    expect(openNote(must(parseNote(source)), [log.key])).toHaveLength(1)
  })

  it('with any octet of text or signature changed is not by its signer', () => {
    const text = formatCheckpoint(head)
    const source = formatNote({ text, signatures: [signText(log, text), cosign(witness, text, 1_700_000_000)] })
    expect(openNote(must(parseNote(source)), [log.key, witness.key])?.map(({ time }) => time)).toEqual([
      undefined,
      1_700_000_000,
    ])
    const changes = fc.tuple(fc.nat(source.length - 1), fc.constantFrom('A', 'B', '0', '1', '\n', ' ', '=', 'ü'))
    fc.assert(
      fc.property(changes, ([at, letter]) => {
        const changed = source.slice(0, at) + letter + source.slice(at + 1)
        const note = parseNote(changed)
        const signers = (note && openNote(note, [log.key, witness.key])) ?? []
        expect(changed === source || signers.length < 2).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  it('is not cosigned when it is no checkpoint, or the time is not what was signed', () => {
    const [text, other] = [formatCheckpoint(head), 'text\n']
    const signature = cosign(witness, text, 5)
    expect(openNote({ text, signatures: [signature] }, [witness.key])).toEqual([{ key: witness.key, time: 5 }])
    expect(openNote({ text: other, signatures: [cosign(witness, other, 5)] }, [witness.key])).toBeUndefined()
    const later = Uint8Array.from(signature.signature)
    later[7] = 6
    expect(openNote({ text, signatures: [{ ...signature, signature: later }] }, [witness.key])).toBeUndefined()
    later.fill(0xff, 0, 8)
    expect(openNote({ text, signatures: [{ ...signature, signature: later }] }, [witness.key])).toBeUndefined()
    expect(() => cosign(witness, text, -1)).toThrow(RangeError)
  })

  it('is not signed by a key of small order, which would take any text', () => {
    const identity = noteKey(
      'log.example/kt',
      'log',
      Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 1 : 0)),
    )
    const forged = Uint8Array.from({ length: 64 }, (_, at) => (at === 0 ? 1 : 0))
    const signatures = [{ name: identity.name, keyId: identity.keyId, signature: forged }]
    expect(openNote({ text: 'anything\n', signatures }, [identity])).toBeUndefined()
  })
})

describe('a checkpoint', () => {
  it('comes out as it went in, extension lines too', () => {
    const checkpoint = { ...head, extensions: ['one', 'two'] }
    expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint)
    expect(() => formatCheckpoint({ ...head, origin: 'two\nlines' })).toThrow(RangeError)
    expect(() => formatCheckpoint({ ...head, extensions: [''] })).toThrow(RangeError)
    expect(() => formatCheckpoint({ ...head, size: -1 })).toThrow(RangeError)
  })

  it('is refused in any other form', () => {
    const root = toBase64(head.root)
    const refused = [
      `log\n7\n`,
      `log\n7\n${root}`,
      `\n7\n${root}\n`,
      `log\n07\n${root}\n`,
      `log\n+7\n${root}\n`,
      `log\n\n${root}\n`,
      `log\n-1\n${root}\n`,
      `log\n7 \n${root}\n`,
      `log\n9007199254740992\n${root}\n`,
      `log\n99999999999999999999\n${root}\n`,
      `log\n7\n${root.slice(0, -1)}\n`,
      `log\n7\n${root}=\n`,
      `log\n7\n${toBase64(head.root.subarray(1))}\n`,
      `log\n7\n${root}\n\n`,
      `log\n7\n${root}\n\nextension\n`,
      `log\n7\n${root.replaceAll('/', '_').replaceAll('+', '-')}x\n`,
      `log\n0\n${root}\n`,
      `log\n7\n${root}\nexten\tsion\n`,
      '',
      '\n',
      'log',
    ]
    expect(refused.filter((text) => parseCheckpoint(text) !== undefined)).toEqual([])
    expect(parseCheckpoint('log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n')?.size).toBe(0)
  })
})

it('base64 has one spelling', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
    }),
  )
  expect(['A', 'AA', 'AB==', 'AAA', 'AA==\n', ' AA==', 'A_==', 'AAAA===='].filter((text) => fromBase64(text))).toEqual(
    [],
  )
})
