import { sha256 } from '@noble/hashes/sha2.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, toBase64url, utf8 } from '../bytes.ts'
import { commitBinding, historyAfter, historyStart, messageBinding, readMessageBinding } from './binding.ts'
import { NO_CHANGE, changeOctets } from './change.ts'
import { groupSendSigningInput } from './signing.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const id = bytes(16).map(toBase64url)
const GROUP = toBase64url(new Uint8Array(16).fill(1))
const [FIRST, SECOND] = [toBase64url(new Uint8Array(16).fill(2)), toBase64url(new Uint8Array(16).fill(3))]

describe('what a commit authenticates', () => {
  it('U-4: is its message id and the hash of what it says openly', () => {
    const binding = commitBinding(FIRST, NO_CHANGE)
    expect(binding).toEqual(concatBytes(new Uint8Array(16).fill(2), sha256(changeOctets(NO_CHANGE))))
    expect(commitBinding(SECOND, NO_CHANGE)).not.toEqual(binding)
    expect(commitBinding(FIRST, { ...NO_CHANGE, details: true })).not.toEqual(binding)
  })
})

describe('what a message authenticates', () => {
  it('U-6: comes out as it went in', () => {
    fc.assert(
      fc.property(
        id,
        fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
        bytes(32),
        fc.option(bytes(32), { nil: undefined }),
        (messageId, count, chain, former) => {
          const read = readMessageBinding(messageBinding(messageId, { count, chain }, former))
          expect(read && toBase64url(read.messageId)).toBe(messageId)
          expect(read?.seen).toEqual({ count, chain })
          expect(read?.former).toEqual(former?.some((octet) => octet !== 0) === true ? former : undefined)
        },
      ),
    )
  })

  it('U-6: is read where it stands in a larger buffer', () => {
    const chain = new Uint8Array(32).fill(9)
    const buffer = concatBytes(
      new Uint8Array(7),
      messageBinding(FIRST, { count: 258, chain }, undefined),
      new Uint8Array(7),
    )
    const read = readMessageBinding(buffer.subarray(7, 7 + 84))
    expect(read?.seen).toEqual({ count: 258, chain })
  })

  it('U-6: octets of another length are none, and reading them does not throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (octets) => {
        expect(readMessageBinding(octets) === undefined).toBe(octets.length !== 84)
      }),
    )
    expect(readMessageBinding(new Uint8Array(83))).toBeUndefined()
    expect(readMessageBinding(new Uint8Array(84))?.seen.count).toBe(0)
    expect(readMessageBinding(new Uint8Array(85))).toBeUndefined()
  })
})

describe('the history of an epoch', () => {
  const start = historyStart(GROUP, 4)
  const body = utf8('a ciphertext')

  it('U-6: starts with no message, differently in each group and epoch', () => {
    expect(start.count).toBe(0)
    const chains = [start, historyStart(GROUP, 5), historyStart(FIRST, 4)].map(({ chain }) => toBase64url(chain))
    expect(new Set(chains).size).toBe(3)
  })

  it('U-6: is another one when a message is left out, changed, repeated, renamed or moved', () => {
    const chainOf = (...messages: readonly (readonly [string, Uint8Array])[]) => {
      let point = start
      for (const [messageId, octets] of messages) point = historyAfter(point, messageId, octets)
      return { count: point.count, chain: toBase64url(point.chain) }
    }
    const [a, b] = [[FIRST, body] as const, [SECOND, utf8('another')] as const]
    const histories = [
      chainOf(),
      chainOf(a),
      chainOf(b),
      chainOf(a, b),
      chainOf(b, a),
      chainOf(a, a),
      chainOf([SECOND, body]),
      chainOf([FIRST, b[1]]),
    ]
    expect(new Set(histories.map(({ chain }) => chain)).size).toBe(histories.length)
    expect(chainOf(a, b)).toEqual(chainOf(a, b))
    expect(chainOf(a, b).count).toBe(2)
  })
})

describe('what an epoch’s sending key signs', () => {
  it('T-6: is the text that the specification gives', () => {
    const hash = new Uint8Array(32).fill(7)
    const text = (kind: string) => `SilentRelay group message v1\0${GROUP}\x0012\0${FIRST}\0${kind}\0`
    expect(groupSendSigningInput(GROUP, 12, FIRST, false, hash)).toEqual(concatBytes(utf8(text('message')), hash))
    expect(groupSendSigningInput(GROUP, 12, FIRST, true, hash)).toEqual(concatBytes(utf8(text('ephemeral')), hash))
  })
})
