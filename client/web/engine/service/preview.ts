import type { Engine, Message } from '#sdk/index.ts'
import { type Names, namesIn } from './names.ts'
import type { Rows } from './rows.ts'
import { type People, hasNames, peopleOf } from './timeline.ts'
import type { Preview } from './ui-records.ts'
import type { UiState } from './ui-state.ts'

/** Enough for two lines of a wide list. */
const CHARACTERS = 160
/** Of an event with many people in it, no more are ever named in one line. */
const MOST_NAMES = 8

export function previewOf(message: Message, { names, isGroup }: People): Preview {
  const { id, order, outgoing, state, content, from, timer } = message
  if (content.kind === 'groupEvent') {
    const { event } = content
    const happened = { event, names: namesIn(message, names, MOST_NAMES) }
    return { id, order, text: '', outgoing, state, kind: 'groupEvent', happened }
  }
  const text = 'body' in content ? startOf(content.body ?? '') : ''
  const author = outgoing || !isGroup ? undefined : names.of(from)
  return {
    id,
    order,
    text,
    outgoing,
    state,
    kind: content.kind,
    ...(content.kind === 'media' ? { view: content.items[0]?.view ?? 'file' } : {}),
    ...(author === undefined ? {} : { author }),
    ...(timer === undefined ? {} : { isTimed: true }),
  }
}

/** Cut between characters, not inside one: half a surrogate pair has no UTF-8 form. */
function startOf(body: string): string {
  const cut = body.slice(0, CHARACTERS).replaceAll(/\s+/g, ' ')
  return cut.isWellFormed() ? cut : cut.slice(0, -1).toWellFormed()
}

/**
 * Previews are written behind the messages: after a crash, those that fell behind are read again, and those of messages
 * that disappeared while nothing ran go.
 */
export async function catchUpPreviews(engine: Engine, rows: Rows, ui: UiState, names: Names): Promise<void> {
  for (const { account, lastOrder } of rows.conversations()) {
    const { preview } = ui.conversation(account)
    const isBehind = (preview?.order ?? 0) !== lastOrder
    const mayHaveMoved = preview?.outgoing === true && (preview.state === 'queued' || preview.state === 'blocked')
    if (isBehind || mayHaveMoved || preview?.isTimed === true) await readPreview(engine, rows, ui, names, account)
  }
}

/**
 * Reads all others again, too, when there is time: what was edited or deleted just before a crash is in the list as it was. Tells of each
 * conversation whose preview changed. Ends early when the engine does.
 */
export async function reviewPreviews(
  parts: { readonly engine: Engine; readonly rows: Rows; readonly ui: UiState; readonly names: Names },
  isOpen: () => boolean,
): Promise<void> {
  const { engine, rows, ui, names } = parts
  for (const { account } of rows.conversations()) {
    if (!isOpen()) return
    if (await readPreview(engine, rows, ui, names, account)) rows.tell(account)
  }
}

/** Answers whether the preview is another now. */
async function readPreview(engine: Engine, rows: Rows, ui: UiState, names: Names, account: string): Promise<boolean> {
  const { preview } = ui.conversation(account)
  const [last] = await engine.messages(account, { limit: 1 })
  const people = peopleOf(engine, names, rows.isGroup(account))
  if (last !== undefined && hasNames(last, people)) await names.prepare([last])
  const read = last === undefined ? undefined : previewOf(last, people)
  // What came meanwhile is newer than what was read.
  if (ui.conversation(account).preview !== preview || isSame(preview, read)) return false
  await ui.update(account, { preview: read })
  return true
}

/** Whether two say the same, in whatever order their parts are. */
function isSame(one: Preview | undefined, other: Preview | undefined): boolean {
  return JSON.stringify(one, inOrder) === JSON.stringify(other, inOrder)
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
