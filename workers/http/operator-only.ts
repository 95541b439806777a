/** Lets in whoever operates the deployment, by a secret of its own. Where there is no such secret, there is nothing there. */

import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes, utf8 } from '#protocol/bytes.ts'
import { addressKey, allow, noteFailure } from './allow.ts'
import type { RequestContext } from './context.ts'
import { Failure } from './failure.ts'

/** @throws Failure `notFound`, `rateLimited` or `tokenInvalid` */
export async function operatorOnly(context: RequestContext, headers: Headers): Promise<void> {
  const secret = context.env.OPERATOR_SECRET
  if (!secret) throw new Failure('notFound')
  await allow(context, 'operatorCallsPerAddress', await addressKey(context, headers))
  const given = /^Bearer ([^\s]+)$/.exec(headers.get('authorization') ?? '')?.[1] ?? ''
  // Of hashes, so that the time that it takes tells nothing of the secret.
  if (equalBytes(sha256(utf8(given)), sha256(utf8(secret)))) return
  await noteFailure(context, headers, undefined, 'tokenInvalid')
  throw new Failure('tokenInvalid')
}
