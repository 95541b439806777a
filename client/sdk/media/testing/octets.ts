const PATTERN = Uint8Array.from({ length: 65_521 }, (_, at) => (at * 31 + (at >> 8) * 7) & 0xff)

/** Octets of which no two chunks are alike, made in no time. */
export function octetsOf(size: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(size)
  for (let at = 0; at < size; at += PATTERN.length) octets.set(PATTERN.subarray(0, size - at), at)
  return octets
}

/** As `toEqual`, which takes seconds for a mebibyte. */
export function sameOctets(one: unknown, other: Uint8Array): boolean {
  return one instanceof Uint8Array && one.length === other.length && one.every((octet, at) => octet === other[at])
}
