/** MLSMessage (RFC 9420 section 6), parsed as a whole. */

import { type MLSMessage, type MlsMessageContent, decodeMlsMessage, encodeMlsMessage } from 'ts-mls/message.js'

/** The message in these octets, if they are one of this kind and nothing else. */
export function readMessage<Format extends MlsMessageContent['wireformat']>(
  octets: Uint8Array,
  format: Format,
): Extract<MLSMessage, { wireformat: Format }> | undefined {
  const message = parseMessage(octets)
  return message?.wireformat === format ? (message as Extract<MLSMessage, { wireformat: Format }>) : undefined
}

/** The message in these octets, if they are one and nothing else. */
export function parseMessage(octets: Uint8Array): MLSMessage | undefined {
  try {
    const [message, length] = decodeMlsMessage(octets, 0) ?? []
    return length === octets.length ? message : undefined
  } catch {
    return undefined
  }
}

/** The octets of a message. */
export function writeMessage(content: MlsMessageContent): Uint8Array {
  return encodeMlsMessage({ version: 'mls10', ...content })
}
