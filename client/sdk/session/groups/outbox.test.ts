import { expect, it } from 'vitest'
import { aliceBobCarol } from '../../mls/testing/group.ts'
import { GroupOutbox } from './outbox.ts'
import { GroupCore } from './testing/group-core.ts'

it('what waits when a process is killed still waits in the next one, before what is written there', async () => {
  const { alice } = await aliceBobCarol()
  const device = await GroupCore.of(alice)
  for (const body of ['one', 'two']) {
    const { core } = await device.open()
    const outbox = new GroupOutbox(core)
    await outbox.load(device.group)
    await core.transact((draft) => {
      outbox.enqueue(draft, device.group, { kind: 'text', body })
      return Promise.resolve()
    })
  }
  const outbox = new GroupOutbox((await device.open()).core)
  await outbox.load(device.group)
  expect(outbox.waiting(device.group).map(({ item }) => item.content)).toEqual(
    ['one', 'two'].map((body) => ({ kind: 'text', body })),
  )
})
