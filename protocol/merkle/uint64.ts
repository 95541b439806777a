/** Unsigned 64-bit numbers, big-endian. Ours stay within what a double counts exactly, 2^53 - 1. */

/** Eight octets. Throws a `RangeError` unless `value` is a safe integer from 0. */
export function uint64(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not an unsigned safe integer')
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** Reads eight octets from `at`. `undefined` when they are not all there, or are above 2^53 - 1. */
export function readUint64(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length < at + 8) return undefined
  const value = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at))
  return Number.isSafeInteger(value) ? value : undefined
}
