import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { base64 } from '../testing/data.ts'
import { verifyConsistency, verifyInclusion } from './verify.ts'

interface Probe {
  readonly file: string
  readonly root: string
  readonly leafHash: string
  readonly root1: string
  readonly root2: string
  /** Above 2^53 as text, which no proof can be for. */
  readonly leafIdx: number
  readonly treeSize: number
  readonly size1: number
  readonly size2: number
  readonly proof: readonly string[] | null
  readonly wantErr: boolean
}

const probes = (name: string) =>
  (JSON.parse(readFileSync(new URL(`../testdata/${name}.json`, import.meta.url), 'utf8')) as { tests: Probe[] }).tests
const proofOf = ({ proof }: Probe) => (proof ?? []).map(base64)

describe('the vectors of transparency-dev/merkle', () => {
  const verifiers = {
    inclusion: (probe: Probe) =>
      verifyInclusion(probe.leafIdx, probe.treeSize, base64(probe.leafHash), proofOf(probe), base64(probe.root)),
    consistency: (probe: Probe) =>
      verifyConsistency(probe.size1, probe.size2, base64(probe.root1), base64(probe.root2), proofOf(probe)),
  }

  it.each(['inclusion', 'consistency'] as const)('of %s come out as each of 98 files says', (name) => {
    const all = probes(name)
    expect(all).toHaveLength(98)
    expect(new Set(all.map(({ file }) => file)).size).toBe(98)
    expect(all.some(({ wantErr }) => wantErr)).toBe(true)
    expect(all.some(({ wantErr }) => !wantErr)).toBe(true)
    const wrong = all.filter((probe) => verifiers[name](probe) === probe.wantErr).map(({ file }) => file)
    expect(wrong).toEqual([])
  })
})
