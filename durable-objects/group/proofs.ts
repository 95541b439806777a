/** Whether a message is signed by a key that members of the epoch have (SPEC, T-6). */

import { fromBase64url } from '#protocol/bytes.ts'
import { groupSendSigningInput } from '#protocol/groups/signing.ts'
import type { GroupSend } from './rpc.ts'

/** Verifies messages of the present epoch with its key. Answers one result for each. */
export async function verifySends(group: string, sendKey: string, sends: readonly GroupSend[]): Promise<boolean[]> {
  const key = await crypto.subtle.importKey('raw', fromBase64url(sendKey), 'Ed25519', false, ['verify'])
  return Promise.all(
    sends.map(async ({ messageId, epoch, body, proof, ephemeral }) => {
      const bodyHash = new Uint8Array(await crypto.subtle.digest('SHA-256', fromBase64url(body)))
      const signed = groupSendSigningInput(group, epoch, messageId, ephemeral === true, bodyHash)
      return crypto.subtle.verify('Ed25519', key, fromBase64url(proof), signed)
    }),
  )
}
