/** Content as octets: JSON in UTF-8, padded. */

import { fromUtf8, utf8 } from '../bytes.ts'
import { type Content, type KnownContent, parseContent } from './content.ts'
import { pad, unpad } from './padding.ts'

/** Plaintext of a message. Throws `ContentTooLargeError`. */
export function encodeContent(content: KnownContent): Uint8Array<ArrayBuffer> {
  return pad(utf8(JSON.stringify(content)))
}

/** The content of a plaintext; `undefined` when it is none. */
export function decodeContent(plaintext: Uint8Array): Content | undefined {
  const unpadded = unpad(plaintext)
  if (unpadded === undefined) return undefined
  try {
    return parseContent(JSON.parse(fromUtf8(unpadded)))
  } catch {
    return undefined
  }
}
