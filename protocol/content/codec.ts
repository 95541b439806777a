/** Content as octets: JSON in UTF-8, padded. */

import * as v from 'valibot'
import { fromUtf8, utf8 } from '../bytes.ts'
import { type Content, type KnownContent, parseContent } from './content.ts'
import { ToldHead } from './head.ts'
import { MAX_CONTENT_BYTES, pad, unpad } from './padding.ts'

/** What stands in one plaintext. */
export interface Plaintext {
  readonly content: Content
  /** Beside the content, whatever its kind. */
  readonly head?: ToldHead
}

/**
 * Plaintext of a message. A head that does not fit beside the content is left out. Throws `ContentTooLargeError`.
 *
 * @param head what is told of the key log
 */
export function encodeContent(content: KnownContent, head?: ToldHead): Uint8Array<ArrayBuffer> {
  const octets = utf8(JSON.stringify(head === undefined ? content : { ...content, keyLogHead: head }))
  return head === undefined || octets.length <= MAX_CONTENT_BYTES ? pad(octets) : encodeContent(content)
}

/** What a plaintext holds; `undefined` when it is no content. A head that is none is ignored. */
export function decodePlaintext(plaintext: Uint8Array): Plaintext | undefined {
  const unpadded = unpad(plaintext)
  if (unpadded === undefined) return undefined
  try {
    const json: unknown = JSON.parse(fromUtf8(unpadded))
    const { rest, head } = splitHead(json)
    const content = parseContent(rest)
    return content && { content, ...(head === undefined ? {} : { head }) }
  } catch {
    return undefined
  }
}

/** The content of a plaintext; `undefined` when it is none. */
export function decodeContent(plaintext: Uint8Array): Content | undefined {
  return decodePlaintext(plaintext)?.content
}

function splitHead(json: unknown): { readonly rest: unknown; readonly head?: ToldHead } {
  if (typeof json !== 'object' || json === null || !('keyLogHead' in json)) return { rest: json }
  const { keyLogHead, ...rest } = json
  const parsed = v.safeParse(ToldHead, keyLogHead)
  return { rest, ...(parsed.success ? { head: parsed.output } : {}) }
}
