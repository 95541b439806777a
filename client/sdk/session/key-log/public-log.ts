/** The log as everybody reads it: without a token, so that the relay does not know who compares what. */

import type { ReadPublished } from '#protocol/merkle/audit/audit.ts'
import { KEY_LOG_LIMITS } from '#protocol/merkle/limits.ts'
import type { Core } from '../core.ts'
import { OfflineError } from '../../transport/errors.ts'

const TIMEOUT_MS = 15_000

/** Reads files of the relay's published log. @throws OfflineError when it cannot be reached, or answers what is none */
export function readPublic(core: Core): ReadPublished {
  return async (path) => {
    let response: Response
    let bytes: Uint8Array
    try {
      response = await core.platform.fetch(`${core.http.origin}/key-log/${path}`, {
        method: 'GET',
        credentials: 'omit',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      bytes = new Uint8Array(await response.arrayBuffer())
    } catch (error) {
      throw new OfflineError({ cause: error })
    }
    if (response.status === 404) return undefined
    // A tile has 8 KiB; a checkpoint may have as much as a note.
    if (!response.ok || bytes.length > KEY_LOG_LIMITS.noteBytes) throw new OfflineError()
    return bytes
  }
}
