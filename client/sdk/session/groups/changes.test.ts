/** Making commits beside the engine's queue. */

import { describe, expect, it } from 'vitest'
import type * as v from 'valibot'
import type { commitToGroup } from '#protocol/http/groups.ts'
import { epochOf } from '../../mls/index.ts'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { GroupBook } from './book.ts'
import { GroupChanges } from './changes.ts'
import { DeviceKeys } from './device-keys.ts'
import { GroupCore } from './testing/group-core.ts'

type Request = v.InferOutput<typeof commitToGroup.request>

/** A device's changes, of which the first request is the last thing that happens. */
function changesOf(core: Core, book: GroupBook) {
  const auth = new Auth(core)
  const sent: Request[] = []
  Object.assign(auth, {
    call: (_route: unknown, body: Request) => {
      sent.push(body)
      return Promise.reject(new Error('enough'))
    },
  })
  const keys = new DeviceKeys(core, auth)
  return { sent, changes: new GroupChanges(core, auth, book, keys, () => Promise.resolve()) }
}

describe('a commit', () => {
  it('is made beside the queue: what others want of the engine is done meanwhile', async () => {
    const { alice } = await aliceBobCarol()
    const device = await GroupCore.of(alice)
    const { core, book } = await device.open()
    const { changes, sent } = changesOf(core, book)
    const recordOf = () => core.transact((draft) => book.record(draft, device.group))
    let meanwhile: ReturnType<typeof recordOf> | undefined
    const change = changes.change(device.group, () => {
      // It is made right after this.
      meanwhile = recordOf()
      return { name: 'Other' }
    })
    await expect(change).rejects.toThrow('enough')
    expect(await meanwhile).toMatchObject({ stage: 'joined' })
    expect(await meanwhile).not.toHaveProperty('pending')
    // Stored before it was sent.
    expect((await recordOf())?.pending?.request).toEqual(sent[0])
  })

  it('is made anew when another one won its epoch while it was made, and the first is never sent', async () => {
    const { alice, bob } = await aliceBobCarol()
    await alice.change({ roles: [{ account: bob.device.address.account, role: 'admin' }] })
    await bob.read()
    const device = await GroupCore.of(alice)
    const { core, book } = await device.open()
    const { changes, sent } = changesOf(core, book)
    const before = alice.state
    await bob.change({ name: 'Bob was faster' })
    await alice.read()
    const seen: number[] = []
    const change = changes.change(device.group, (state) => {
      seen.push(epochOf(state))
      if (seen.length === 1) {
        void core.transact(async (draft) => {
          const { record } = await book.joined(draft, device.group)
          await book.save(draft, device.group, record, before, alice.state)
        })
      }
      return { name: 'Alice was slower' }
    })
    await expect(change).rejects.toThrow('enough')
    expect(seen).toEqual([epochOf(before), epochOf(alice.state)])
    expect(sent.map(({ epoch }) => epoch)).toEqual([epochOf(alice.state)])
  })
})
