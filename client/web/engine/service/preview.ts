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
    if (!isBehind && !mayHaveMoved && preview?.isTimed !== true) continue
    const [last] = await engine.messages(account, { limit: 1 })
    if (last?.id === preview?.id && last?.state === preview?.state) continue
    const people = peopleOf(engine, names, rows.isGroup(account))
    if (last !== undefined && hasNames(last, people)) await names.prepare([last])
    await ui.update(account, { preview: last === undefined ? undefined : previewOf(last, people) })
  }
}
