/** What a member signs in order to send, without saying which member it is. */

import { concatBytes, utf8 } from '../bytes.ts'

/** Label of the exporter (RFC 9420 section 8.5) that yields the 32-octet seed of an epoch's Ed25519 sending key. */
export const SEND_KEY_LABEL = 'SilentRelay send key v1'

/**
 * The octets that an epoch's sending key signs for one message.
 *
 * @param bodyHash SHA-256 of the body's octets
 */
export function groupSendSigningInput(
  group: string,
  epoch: number,
  messageId: string,
  isEphemeral: boolean,
  bodyHash: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const kind = isEphemeral ? 'ephemeral' : 'message'
  const fields = ['SilentRelay group message v1', group, String(epoch), messageId, kind]
  return concatBytes(utf8(fields.map((field) => `${field}\0`).join('')), bodyHash)
}
