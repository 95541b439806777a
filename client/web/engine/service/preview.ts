import type { Engine, Message } from '#sdk/index.ts'
import type { Rows } from './rows.ts'
import type { Preview } from './ui-records.ts'
import type { UiState } from './ui-state.ts'

/** Enough for two lines of a wide list. */
const CHARACTERS = 160

export function previewOf({ id, order, outgoing, state, content }: Message): Preview {
  const text = content.kind === 'text' ? startOf(content.body) : ''
  return { id, order, text, outgoing, state, kind: content.kind }
}

/** Cut between characters, not inside one: half a surrogate pair has no UTF-8 form. */
function startOf(body: string): string {
  const cut = body.slice(0, CHARACTERS).replaceAll(/\s+/g, ' ')
  return cut.isWellFormed() ? cut : cut.slice(0, -1).toWellFormed()
}

/** Previews are written behind the messages: after a crash, those that fell behind are read again. */
export async function catchUpPreviews(engine: Engine, rows: Rows, ui: UiState): Promise<void> {
  for (const { account, lastOrder } of rows.conversations()) {
    const { preview } = ui.conversation(account)
    const isBehind = (preview?.order ?? 0) !== lastOrder
    const mayHaveMoved = preview?.outgoing === true && (preview.state === 'queued' || preview.state === 'blocked')
    if (!isBehind && !mayHaveMoved) continue
    const [last] = await engine.messages(account, { limit: 1 })
    if (last !== undefined) await ui.update(account, { preview: previewOf(last) })
  }
}
