import { expect, it } from 'vitest'
import type { Engine } from '#sdk/index.ts'
import { MemoryDisk } from '#sdk/store/memory.ts'
import { OwnDevices } from './own-devices.ts'
import { UiState } from './ui-state.ts'
import { WriteBehind } from './write-behind.ts'

/** An account's devices, as an engine on device 1 lists them; `null` before there is an account. */
const engineWith = (list: { ids: number[] | null }) =>
  ({
    get state() {
      return list.ids === null ? 'new' : 'ready'
    },
    device: 1,
    devices: () => Promise.resolve((list.ids ?? []).map((id) => ({ id, isThis: id === 1 }))),
  }) as unknown as Engine

async function opened(disk: MemoryDisk, list: { ids: number[] | null }) {
  const store = await disk.open('ui')
  const writes = new WriteBehind(store)
  let changes = 0
  const devices = new OwnDevices(engineWith(list), await UiState.load(store, writes), () => (changes += 1))
  const close = async () => {
    await writes.idle()
    await store.close()
  }
  return { devices, close, changes: () => changes }
}

it('a device that came is told of until somebody says to know it, also after a restart', async () => {
  const disk = new MemoryDisk()
  const list: { ids: number[] | null } = { ids: null }
  const first = await opened(disk, list)
  await first.devices.look()
  // Registered, or linked: what is there then is known.
  list.ids = [1, 2]
  await first.devices.look()
  expect([first.devices.unknown, first.changes()]).toEqual([[], 0])
  list.ids = [1, 2, 3]
  await first.devices.look()
  await first.devices.look()
  expect([first.devices.unknown, first.changes()]).toEqual([[3], 1])
  await first.close()

  const second = await opened(disk, list)
  await second.devices.look()
  expect(second.devices.unknown).toEqual([3])
  await second.devices.acknowledge()
  expect([second.devices.unknown, second.changes()]).toEqual([[], 2])
  list.ids = [1, 3, 4]
  await second.devices.look()
  expect(second.devices.unknown).toEqual([4])
  // It was removed.
  list.ids = [1, 3]
  await second.devices.look()
  expect(second.devices.unknown).toEqual([])
  await second.close()
})
