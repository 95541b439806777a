/** Which builds of the web client are in the key log, over HTTP. */

import * as v from 'valibot'
import { KEY_LOG_LIMITS } from '../merkle/limits.ts'
import { HASH_LENGTH } from '../merkle/log/hash.ts'
import { LookupHead, ProofHashes } from '../merkle/lookup.ts'
import { bytesOf, bytesUpTo, integer } from '../primitives.ts'
import { route } from './route.ts'

/** The leaf of a manifest, and that it is in the log. */
export const LoggedManifest = v.strictObject({
  position: integer(0),
  leaf: bytesUpTo(KEY_LOG_LIMITS.leafBytes),
  inclusion: ProofHashes,
})
export type LoggedManifest = v.InferOutput<typeof LoggedManifest>

export const clientLog = route({
  method: 'POST',
  path: '/v1/key-log/client',
  summary: 'That a build of the web client, by the digest of its manifest, is in the key log.',
  authenticated: false,
  request: v.strictObject({
    /** SHA-256 of the manifest that was served. */
    digest: bytesOf(HASH_LENGTH),
    /** Size of the newest checkpoint that the caller has verified; 0 for none. */
    pinned: integer(0),
  }),
  response: v.strictObject({
    ...LookupHead.entries,
    /** Left out where the log does not have it. */
    manifest: v.optional(LoggedManifest),
  }),
  errors: ['notFound', 'relayUnavailable'],
})
export type ClientLogAnswer = v.InferOutput<typeof clientLog.response>
