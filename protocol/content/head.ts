/** A head of the key log, as clients tell each other inside of messages (SPEC, "What clients tell each other"). */

import * as v from 'valibot'
import { Signature, bytesOf, integer } from '../primitives.ts'

/**
 * The newest checkpoint that the sender has verified. The log's signature travels with it: without it, what somebody says of a head
 * would prove nothing, and anybody could cause an alarm. The note's text follows from size and root, and the log's name, which
 * both sides have pinned.
 */
export const ToldHead = v.object({
  /** The key id of the log's key (C2SP signed-note), which depends on its name too. */
  log: integer(0, 0xffff_ffff),
  size: integer(1),
  root: bytesOf(32),
  /** Ed25519, over the checkpoint's text. */
  signature: Signature,
})
export type ToldHead = v.InferOutput<typeof ToldHead>
