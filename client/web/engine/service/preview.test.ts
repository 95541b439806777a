import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Engine } from '#sdk/index.ts'
import { Harness, idOf, until } from '#sdk/session/testing/harness.ts'
import { openMemoryStore } from '#sdk/store/memory.ts'
import type { Store } from '#sdk/store/store.ts'
import { Names } from './names.ts'
import { catchUpPreviews, reviewPreviews } from './preview.ts'
import { Rows } from './rows.ts'
import type { Preview } from './ui-records.ts'
import { UiState } from './ui-state.ts'
import { WriteBehind } from './write-behind.ts'

let harness: Harness
let ada: Engine
let bob: Engine
let uiStore: Store
beforeEach(async () => {
  harness = new Harness()
  ;[ada, bob] = [await harness.person('ada'), await harness.person('bob')]
  uiStore = await openMemoryStore(`ui ${idOf(ada)}`)
})
afterEach(async () => {
  await uiStore.close()
  await harness.close()
})

/** Ada's interface, as it starts with this in its list, of her last message. */
async function start(preview: Partial<Preview>) {
  const [last] = await ada.messages(idOf(bob), { limit: 1 })
  if (last === undefined) throw new Error('no message')
  const store = harness.stores.get('ada')
  if (store === undefined) throw new Error('no store')
  const ui = await UiState.load(uiStore, new WriteBehind(uiStore))
  const { id, order, state } = last
  await ui.update(idOf(bob), { preview: { id, order, state, outgoing: true, text: '', kind: 'text', ...preview } })
  const told: string[] = []
  const rows = await Rows.load(
    store,
    ui,
    ({ preview: now }) => told.push(now?.text ?? ''),
    () => undefined,
  )
  return { engine: ada, rows, ui, names: new Names(ada, () => undefined), told }
}

it('what was deleted just before a crash does not stay in the list', async () => {
  await ada.sendText(idOf(bob), 'a secret')
  await until(async () => (await ada.messages(idOf(bob)))[0]?.state !== 'queued')
  const [sent] = await ada.messages(idOf(bob))
  await ada.annotations.deleteForEveryone(idOf(bob), { id: sent?.id ?? '', author: idOf(ada) })
  await ada.idle()
  const parts = await start({ text: 'a secret' })
  await catchUpPreviews(parts.engine, parts.rows, parts.ui, parts.names)
  await reviewPreviews(parts, () => true)
  expect(parts.ui.conversation(idOf(bob)).preview).toMatchObject({ kind: 'deleted', text: '' })
  expect(parts.told).toEqual([''])
  expect(JSON.stringify(await uiStore.all('conversation'))).not.toContain('a secret')
})

it('what is right is neither written nor told again', async () => {
  await ada.sendText(idOf(bob), 'hello')
  await ada.idle()
  const parts = await start({ text: 'hello' })
  const { preview } = parts.ui.conversation(idOf(bob))
  await reviewPreviews(parts, () => true)
  expect(parts.ui.conversation(idOf(bob)).preview).toBe(preview)
  expect(parts.told).toEqual([])
})
