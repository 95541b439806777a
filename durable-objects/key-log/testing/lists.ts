import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { AppendCall } from '../rpc.ts'

/** A version of a list of nobody: the log looks at neither index nor commitment. */
export function newList(index = toBase64url(randomBytes(32)), version = 1): AppendCall {
  return { index, version, commitment: toBase64url(randomBytes(32)) }
}
