/** What a lookup of accounts' keys answers, and all that proves it. */

import * as v from 'valibot'
import { concatBytes, fromBase64url } from '../bytes.ts'
import { SignedDeviceList } from '../device-list.ts'
import { bytesOf, bytesUpTo, integer } from '../primitives.ts'
import { OPENING_LENGTH } from './commitment.ts'
import { KEY_LOG_LIMITS } from './limits.ts'
import { HASH_LENGTH } from './log/hash.ts'

/** The hashes of a proof, one after the other. */
export const ProofHashes = v.pipe(
  bytesUpTo(KEY_LOG_LIMITS.proofHashes * HASH_LENGTH, 0),
  v.check((text) => Math.floor((text.length * 3) / 4) % HASH_LENGTH === 0, 'not whole hashes'),
)

/** A leaf that the map names, but for what shows its content. */
const LEAF = {
  /** The leaf's place in the log, from 0. */
  position: integer(0),
  leaf: bytesUpTo(KEY_LOG_LIMITS.leafBytes),
  inclusion: ProofHashes,
}
const Opening = bytesOf(OPENING_LENGTH)

/** A leaf that the map names, and what shows its content. */
export const LookupEntry = v.strictObject({
  ...LEAF,
  /** For a device list; an account that was removed has nothing to open. */
  opened: v.optional(v.strictObject({ opening: Opening, list: SignedDeviceList })),
})

const HEAD = {
  /** The newest signed note. */
  checkpoint: v.pipe(v.string(), v.maxBytes(KEY_LOG_LIMITS.checkpointBytes)),
  /** From the size that the client named to the checkpoint's; none when it named none, or the same. */
  consistency: ProofHashes,
  /**
   * The newest checkpoint that witnesses have cosigned, and how the log grew from it to the one above. Witnesses are asked after a
   * checkpoint is signed: this one is the same, or some seconds older.
   */
  witnessed: v.optional(
    v.strictObject({
      checkpoint: v.pipe(v.string(), v.maxBytes(KEY_LOG_LIMITS.checkpointBytes)),
      consistency: ProofHashes,
    }),
  ),
  /** The checkpoint's last leaf. */
  mapRoot: v.strictObject({ leaf: bytesUpTo(KEY_LOG_LIMITS.leafBytes), inclusion: ProofHashes }),
}

/** What is the same for all accounts of one answer: the log's head, and the newest map root. */
export const LookupHead = v.strictObject(HEAD)
export type LookupHead = v.InferOutput<typeof LookupHead>

/** What the map holds at an account's index: see `map/proof.ts`. */
const MapProof = bytesUpTo(KEY_LOG_LIMITS.mapProofBytes)

/** All that proves what the log has of one account. Octets are base64url, but the checkpoint, which is a text. */
export const KeyLookup = v.strictObject({
  ...HEAD,
  map: MapProof,
  /** When the map holds something. */
  entry: v.optional(LookupEntry),
})
export type KeyLookup = v.InferOutput<typeof KeyLookup>

/** The part of an answer that is about one account. */
export const AccountProof = v.strictObject({
  map: MapProof,
  entry: v.optional(
    v.strictObject({
      ...LEAF,
      /** Without the list where the client said that it has it. */
      opened: v.optional(v.strictObject({ opening: Opening, list: v.optional(SignedDeviceList) })),
    }),
  ),
})
export type AccountProof = v.InferOutput<typeof AccountProof>

/** One account's part of an answer, as it is verified. `held`: the list that the client said it has. */
export function proofOf(head: LookupHead, { map, entry }: AccountProof, held: SignedDeviceList | undefined): KeyLookup {
  if (entry === undefined) return { ...head, map }
  const { opened, ...leaf } = entry
  const list = opened?.list ?? held
  // Nothing opens a leaf without the list that it is of.
  const isOpened = opened !== undefined && list !== undefined
  return { ...head, map, entry: { ...leaf, ...(isOpened ? { opened: { opening: opened.opening, list } } : {}) } }
}

/** The hashes of a proof that was parsed as {@link ProofHashes}. */
export function readHashes(text: string): Uint8Array[] {
  const bytes = fromBase64url(text)
  return Array.from({ length: bytes.length / HASH_LENGTH }, (_, at) =>
    bytes.subarray(at * HASH_LENGTH, (at + 1) * HASH_LENGTH),
  )
}

/** The octets of a proof's hashes, to be written in base64url. */
export function joinHashes(hashes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concatBytes(...hashes)
}
