import * as v from 'valibot'
import { SharedFiles, type TakeShared } from '../sw/share-messages.ts'

/** The service worker answers at once, or is not there any more. */
const PATIENCE_MS = 10_000

/** Asks the service worker for files that another app shared; none where it does not have them any more. */
export async function takeSharedFiles(token: string): Promise<readonly File[]> {
  const { active } = await navigator.serviceWorker.ready
  const { port1, port2 } = new MessageChannel()
  const { promise, resolve } = Promise.withResolvers<unknown>()
  port1.addEventListener('message', ({ data }) => resolve(data))
  port1.start()
  const asked: TakeShared = { type: 'takeShared', token }
  active?.postMessage(asked, [port2])
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
  const answer = v.safeParse(SharedFiles, await promise)
  clearTimeout(timer)
  port1.close()
  return answer.success ? answer.output.files : []
}

let handed: { readonly conversation: string; readonly files: readonly File[] } | undefined

/** Files that are to be chosen in a conversation as soon as it is open. */
export function handFiles(conversation: string, files: readonly File[]): void {
  handed = { conversation, files }
}

/** Takes them, once. */
export function takeHandedFiles(conversation: string): readonly File[] {
  if (handed?.conversation !== conversation) return []
  const { files } = handed
  handed = undefined
  return files
}
