/** Bundles of log entries: C2SP tlog-tiles, "Log entries". Each entry has its length before it, two octets, big-endian. */

import { concatBytes } from '../../bytes.ts'

/** The most octets that an entry's length can say. */
const ENTRY_MAX = 0xff_ff

/** Writes a bundle. Throws a `RangeError` when an entry is too long. */
export function writeBundle(entries: readonly Uint8Array[]): Uint8Array {
  return concatBytes(
    ...entries.flatMap((entry) => {
      if (entry.length > ENTRY_MAX) throw new RangeError('entry too long')
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry]
    }),
  )
}

/** Reads a bundle of exactly `width` entries. `undefined` when it ends early, or holds more. */
export function readBundle(bytes: Uint8Array, width: number): Uint8Array[] | undefined {
  const entries: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const [high, low] = bytes.subarray(at, at + 2)
    if (high === undefined || low === undefined) return undefined
    const start = at + 2
    at = start + ((high << 8) | low)
    if (at > bytes.length || entries.length === width) return undefined
    entries.push(bytes.subarray(start, at))
  }
  return entries.length === width ? entries : undefined
}
