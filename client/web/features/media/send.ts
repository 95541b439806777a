import type { Caption, MediaFile } from '#sdk/index.ts'
import { drawMessageId, engineApi } from '../../state/index.ts'
import { prepare } from './prepare.ts'

/** Prepares chosen files and sends them as one message. Rejects with the engine's failure; then nothing was sent. */
export async function sendChosen(conversation: string, chosen: readonly File[], caption: Caption): Promise<void> {
  const files: MediaFile[] = []
  // One after the other: a picture takes some megabytes while it is drawn.
  for (const file of chosen) files.push(await prepare(file))
  await engineApi().sendFiles(conversation, files, caption, drawMessageId())
}
