/** What a page and the service worker say to each other about files that another app shared. Either may be of another build: both are parsed. */

import * as v from 'valibot'

/** The page asks for them, once, with a port for the answer. */
export const TakeShared = v.object({ type: v.literal('takeShared'), token: v.string() })
export type TakeShared = v.InferOutput<typeof TakeShared>

/** Those that wait under the token; none where they were taken, or the service worker was ended meanwhile. */
export const SharedFiles = v.object({ files: v.array(v.instance(File)) })
export type SharedFiles = v.InferOutput<typeof SharedFiles>
