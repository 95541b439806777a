/** What `configuration` says of media (SPEC, MD-5): apart from their operations, which most clients' starts do not need. */

import * as v from 'valibot'
import { TokenPublicKey } from '../token-wire.ts'

/** Part of `configuration`, where a deployment keeps media. */
export const MediaConfiguration = v.object({
  /** Under which media tokens are issued, now and, if it has begun, before: the same for everybody. */
  tokenKeys: v.array(TokenPublicKey),
})
export type MediaConfiguration = v.InferOutput<typeof MediaConfiguration>
