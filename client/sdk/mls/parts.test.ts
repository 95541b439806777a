/** What is written of a group, and how much for each message. */

import { describe, expect, it } from 'vitest'
import { toBase64url } from '#protocol/bytes.ts'
import { MLS_LIMITS } from './config.ts'
import { decrypt, encrypt, pass } from './messages.ts'
import { changedParts, readParts, writeParts } from './parts.ts'
import { must, randomId } from './testing/device.ts'
import { aliceBobCarol, crowdOf } from './testing/group.ts'

function sizeOf(parts: Readonly<Record<string, string>>): number {
  return Object.values(parts).reduce((sum, { length }) => sum + length, 0)
}

describe('a group of 80', () => {
  it('is the same after it was written and read', async () => {
    const { bob } = await crowdOf(80, 70)
    const parts = writeParts(bob.state)
    expect(writeParts(readParts(JSON.parse(JSON.stringify(parts)) as typeof parts))).toEqual(parts)
  })

  it('writes one chunk of secrets, a block of history and its position for a message', async () => {
    const { alice, bob } = await crowdOf(80, 70)
    const messageId = randomId()
    const sent = await encrypt(bob.state, messageId, new Uint8Array(256))
    const entry = { kind: 'message' as const, seq: 2, at: 0, epoch: 1, messageId, body: toBase64url(sent.body) }
    const read = must(await decrypt(alice.state, entry))
    const { put, remove } = changedParts(alice.state, read.state)
    // Member 70 is in the third chunk of 32.
    expect(Object.keys(put).sort()).toEqual(['history/0', 'position', 'secrets/2'])
    expect(remove).toEqual([])
    expect(sizeOf(put)).toBeLessThan(8_192)
    expect(sizeOf(writeParts(alice.state))).toBeGreaterThan(10 * sizeOf(put))
    const own = await encrypt(alice.state, randomId(), new Uint8Array(256))
    expect(Object.keys(changedParts(alice.state, own.state).put)).toEqual(['secrets/0'])
  })

  it('deletes the records of history that nobody is compared with any more', async () => {
    const { alice } = await aliceBobCarol()
    let { state } = alice
    const removed = new Set<string>()
    for (let count = 0; count < MLS_LIMITS.historyPoints + 200; count += 1) {
      const entry = { kind: 'message' as const, at: 0, messageId: randomId(), body: 'AAAA' }
      const next = must(pass(state, { ...entry, seq: state.seq + 1, epoch: 1 }))
      const { put, remove } = changedParts(state, next)
      expect(Object.keys(put)).toHaveLength(2)
      for (const name of remove) removed.add(name)
      state = next
    }
    expect([...removed]).toEqual(['history/0', 'history/1', 'history/2'])
  })
})

it('a damaged record is an error and no group', async () => {
  const { alice } = await aliceBobCarol()
  const parts = writeParts(alice.state)
  for (const name of Object.keys(parts)) {
    const { [name]: dropped, ...others } = parts
    expect(dropped).toBeDefined()
    if (name.startsWith('secrets/') || name.startsWith('history/')) continue
    expect(() => readParts(others)).toThrow(TypeError)
  }
  expect(() => readParts({ ...parts, tree: (parts['tree'] ?? '').slice(0, -8) })).toThrow()
})
