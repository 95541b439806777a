/** Prefixes of network addresses, as limits count them. */

/** What one customer has for sure: an IPv4 address, or the /64 of an IPv6 one. */
export function addressPrefix(address: string): string {
  const plain = mappedIpv4(address)
  return plain.includes(':') ? ipv6Prefix(plain, 4) : plain
}

/** What one customer may have: the /24 of an IPv4 address, the /48 of an IPv6 one (RFC 6177). */
export function networkPrefix(address: string): string {
  const plain = mappedIpv4(address)
  return plain.includes(':') ? ipv6Prefix(plain, 3) : plain.replace(/\.\d+$/, '')
}

/** An IPv4 address that came by an IPv6 socket (RFC 4291 section 2.5.5.2) is an IPv4 address. */
function mappedIpv4(address: string): string {
  return /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1] ?? address
}

/** The first groups of an IPv6 address in full (RFC 4291 section 2.2). */
function ipv6Prefix(address: string, count: number): string {
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right]
  return groups
    .slice(0, count)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
