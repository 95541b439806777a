import { describe, expect, it } from 'vitest'
import { toBase64url } from '../bytes.ts'
import { answerGrowth } from './answer.ts'
import { joinHashes } from './lookup.ts'
import { rootOf } from './log/nodes.ts'
import { formatCheckpoint } from './notes/checkpoint.ts'
import { cosign, signText } from './notes/sign.ts'
import { addCheckpointRequest, readCosignature, withCosignatures } from './notes/witness-request.ts'
import { formatNote, signatureLine } from './notes/note.ts'
import { LOG, ORIGIN, PINNED, WITNESSES, checkpointOf } from './testing/server.ts'
import { leafHashes, nodesOver } from './testing/log.ts'
import { verifyWitnessed } from './verify-witnessed.ts'

const HASHES = leafHashes(40)
const FORK = HASHES.map((hash, at) => (at === 3 ? (leafHashes(1, 99)[0] ?? hash) : hash))

const treeOf = (hashes: readonly Uint8Array[], size: number) => {
  const read = nodesOver(hashes.slice(0, size))
  return { size, read, head: { size, root: rootOf(read, size) } }
}
const NOW = treeOf(HASHES, 40)
const witnessedAt = (size: number, hashes = HASHES) => ({
  checkpoint: checkpointOf(size, treeOf(hashes, size).head.root),
  consistency: answerGrowth(NOW, size),
})
const verify = (witnessed: Parameters<typeof verifyWitnessed>[0]) => verifyWitnessed(witnessed, NOW.head, PINNED)

describe('what witnesses cosigned', () => {
  it('is shown where the head grew from it, also from the same size', () => {
    for (const size of [1, 7, 32, 40]) {
      expect(verify(witnessedAt(size))).toMatchObject({ size, witnesses: WITNESSES.map(({ key }) => ({ key })) })
    }
  })

  it('shows that the log signed two histories, where the head did not grow from it', () => {
    expect(verify(witnessedAt(7, FORK))).toBe('checkpointForked')
    expect(verify(witnessedAt(40, FORK))).toBe('checkpointForked')
  })

  it('says nothing with another log’s name, a false signature, a proof that is none, or of a larger tree', () => {
    const honest = witnessedAt(7)
    expect(verify({ ...honest, checkpoint: 'x' })).toBe('checkpointMalformed')
    expect(verify({ ...honest, checkpoint: checkpointOf(7, treeOf(HASHES, 7).head.root, 'other.example') })).toBe(
      'checkpointForeign',
    )
    const text = formatCheckpoint({ origin: ORIGIN, ...treeOf(HASHES, 7).head, extensions: [] })
    const [witness] = WITNESSES
    if (witness === undefined) throw new Error('no witness')
    const unsigned = formatNote({ text, signatures: [cosign(witness, text, 1)] })
    expect(verify({ ...honest, checkpoint: unsigned })).toBe('checkpointUnsigned')
    const other = cosign(witness, formatCheckpoint({ origin: ORIGIN, ...treeOf(HASHES, 8).head, extensions: [] }), 1)
    const forged = formatNote({ text, signatures: [signText(LOG, text), other] })
    expect(verify({ ...honest, checkpoint: forged })).toBe('checkpointUnsigned')
    expect(verify({ ...honest, consistency: toBase64url(joinHashes([HASHES[0] ?? new Uint8Array(32)])) })).toBe(
      'consistencyInvalid',
    )
    expect(verifyWitnessed({ ...witnessedAt(40), consistency: '' }, treeOf(HASHES, 39).head, PINNED)).toBe(
      'consistencyInvalid',
    )
  })
})

describe('a request to a witness', () => {
  it('is in form, and of its answer only a line that verifies is taken', () => {
    const [witness, another] = WITNESSES
    if (witness === undefined || another === undefined) throw new Error('no witnesses')
    const text = formatCheckpoint({ origin: ORIGIN, ...treeOf(HASHES, 7).head, extensions: [] })
    const checkpoint = formatNote({ text, signatures: [signText(LOG, text)] })
    expect(addCheckpointRequest(0, [], checkpoint)).toBe(`old 0\n\n${checkpoint}`)
    expect(addCheckpointRequest(3, [new Uint8Array(32)], checkpoint)).toBe(`old 3\n${'A'.repeat(43)}=\n\n${checkpoint}`)
    const line = signatureLine(cosign(witness, text, 5))
    const foreign = signatureLine(cosign(another, text, 5))
    const found = readCosignature(checkpoint, witness.key, foreign + line)
    expect(found && signatureLine(found)).toBe(line)
    expect(withCosignatures(checkpoint, found === undefined ? [] : [found])).toBe(checkpoint + line)
    const ofOther = signatureLine(cosign(witness, text.replace('7', '8'), 5))
    for (const answer of ['', foreign, ofOther, `${line}${line.slice(0, -2)}`, '<html>'])
      expect(readCosignature(checkpoint, witness.key, answer)).toBeUndefined()
  })
})
