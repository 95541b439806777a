/** Ed25519 cosignatures of checkpoints: C2SP tlog-cosignature, `cosignature/v1`. */

import { concatBytes, utf8 } from '../../bytes.ts'
import { readUint64, uint64 } from '../uint64.ts'
import { parseCheckpoint } from './checkpoint.ts'

const TIME_LENGTH = 8

/** A cosignature, taken apart. */
export interface Cosignature {
  /** Seconds since 1970-01-01T00:00Z by the witness's clock. */
  readonly time: number
  readonly signature: Uint8Array
}

/** What a witness signs: that at `time` this was the largest consistent checkpoint it had seen. */
export function cosignatureInput(time: number, text: string): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`)
}

/** The octets that stand after the key id. Throws a `RangeError` when the time is not a safe integer from 0. */
export function formatCosignature({ time, signature }: Cosignature): Uint8Array {
  return concatBytes(uint64(time), signature)
}

/** Reads what stands after the key id. `undefined` when it is not in form, or `text` is not a checkpoint. */
export function parseCosignature(text: string, bytes: Uint8Array): Cosignature | undefined {
  const time = readUint64(bytes, 0)
  if (time === undefined || bytes.length !== TIME_LENGTH + 64 || parseCheckpoint(text) === undefined) return undefined
  return { time, signature: bytes.subarray(TIME_LENGTH) }
}
