import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { equalBytes, toBase64url } from '../bytes.ts'
import {
  type Random,
  blind,
  deriveIndexKey,
  evaluate,
  evaluateOpenly,
  finalise,
  indexFromOutput,
  indexInput,
  indexOf,
} from './index-oprf.ts'
import { KEY_LOG_LIMITS } from './limits.ts'
import { flipped, hex } from './testing/data.ts'

const suite = JSON.parse(readFileSync(new URL('./testdata/voprf.json', import.meta.url), 'utf8')) as {
  readonly seed: string
  readonly keyInfo: string
  readonly skSm: string
  readonly pkSm: string
  readonly vectors: readonly {
    readonly Batch: number
    readonly Blind: string
    readonly BlindedElement: string
    readonly EvaluationElement: string
    readonly Input: string
    readonly Output: string
    readonly Proof: { readonly proof: string; readonly r: string }
  }[]
}
const key = deriveIndexKey(hex(suite.seed), hex(suite.keyInfo))
const list = (text: string) => text.split(',').map(hex)
const account = toBase64url(new Uint8Array(16).fill(7))

/** The library draws 48 octets and takes them modulo the order less one, plus one: so for a scalar, it draws one less. */
const drawing =
  (scalar: Uint8Array): Random =>
  (length = 0) => {
    const octets = new Uint8Array(length)
    octets.set(flipped(scalar, 0, (scalar[0] ?? 0) ^ ((scalar[0] ?? 0) - 1)))
    return octets
  }

describe('the vectors of RFC 9497 for VOPRF with ristretto255-SHA512', () => {
  it('are three, one of them a batch of two, for one key pair', () => {
    expect(suite.vectors.map(({ Batch }) => Batch)).toEqual([1, 1, 2])
    expect(key).toEqual({ secretKey: hex(suite.skSm), publicKey: hex(suite.pkSm) })
  })

  it.each(suite.vectors)('batch of $Batch, input $Input', (vector) => {
    const blinds = list(vector.Blind)
    const inputs = list(vector.Input).map((input, at) => blind(input, drawing(blinds[at] ?? input)))
    expect(inputs.map((input) => input.blind)).toEqual(blinds)
    expect(inputs.map(({ blinded }) => blinded)).toEqual(list(vector.BlindedElement))
    const evaluation = evaluate(key, list(vector.BlindedElement), drawing(hex(vector.Proof.r)))
    expect(evaluation).toEqual({ evaluated: list(vector.EvaluationElement), proof: hex(vector.Proof.proof) })
    const outputs = list(vector.Output)
    expect(evaluation && finalise(inputs, key.publicKey, evaluation)).toEqual(outputs)
    expect(list(vector.Input).map((input) => evaluateOpenly(key, input))).toEqual(outputs)
  })
})

describe('an index', () => {
  it('is the same whether the client asks for it or the server computes it, and the request does not show whose it is', () => {
    const [one, two] = [blind(indexInput(account)), blind(indexInput(account))]
    expect(equalBytes(one.blinded, two.blinded)).toBe(false)
    const evaluation = evaluate(key, [one.blinded, two.blinded])
    const outputs = evaluation && finalise([one, two], key.publicKey, evaluation)
    expect(outputs?.map(indexFromOutput)).toEqual([indexOf(key, account), indexOf(key, account)])
    expect(indexOf(key, account)).toHaveLength(32)
  })

  it('is refused when the server used another key, or anything of its answer was changed', () => {
    const input = blind(indexInput(account))
    const other = deriveIndexKey(new Uint8Array(32).fill(1), new Uint8Array(0))
    const honest = evaluate(key, [input.blinded])
    const wrong = evaluate(other, [input.blinded])
    if (honest === undefined || wrong === undefined) throw new Error('not evaluated')
    const [element = new Uint8Array(0)] = honest.evaluated
    const refused = [
      wrong,
      { ...wrong, proof: honest.proof },
      { ...honest, proof: flipped(honest.proof, 5) },
      { ...honest, proof: flipped(honest.proof, 40) },
      { ...honest, proof: honest.proof.subarray(1) },
      { ...honest, proof: new Uint8Array(64) },
      { ...honest, proof: new Uint8Array(64).fill(0xff) },
      { ...honest, evaluated: [flipped(element, 0)] },
      { ...honest, evaluated: [new Uint8Array(32)] },
      { ...honest, evaluated: [element, element] },
      { ...honest, evaluated: [] },
    ]
    expect(refused.map((evaluation) => finalise([input], key.publicKey, evaluation))).toEqual(
      refused.map(() => undefined),
    )
    expect(finalise([input], other.publicKey, honest)).toBeUndefined()
    expect(finalise([input], new Uint8Array(32), honest)).toBeUndefined()
  })

  it('is not computed of what is no element, the identity included, nor of too many', () => {
    const { blinded } = blind(indexInput(account))
    expect(evaluate(key, [])).toBeUndefined()
    expect(evaluate(key, [blinded, new Uint8Array(32)])).toBeUndefined()
    expect(evaluate(key, [new Uint8Array(32).fill(0xff)])).toBeUndefined()
    expect(evaluate(key, [blinded.subarray(1)])).toBeUndefined()
    expect(
      evaluate(
        key,
        Array.from({ length: KEY_LOG_LIMITS.indexesPerRequest + 1 }, () => blinded),
      ),
    ).toBeUndefined()
  })
})
