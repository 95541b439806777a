/** Where pushes may go. Apart from the sender, which the edge does not load. */

import { p256 } from '@noble/curves/nist.js'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'

/** The public key that browsers subscribe for: an uncompressed point in base64url. `privateKey`: 32 octets. */
export function applicationServerKey(privateKey: string): string {
  return toBase64url(p256.getPublicKey(fromBase64url(privateKey), false))
}

/**
 * Whether a push service is at this address: the relay posts nowhere else.
 *
 * @param hosts of push services, or the ends of their names after a dot
 */
export function isPushService(endpoint: string, hosts: readonly string[]): boolean {
  const { protocol, hostname, username, password } = new URL(endpoint)
  const isKnown = hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`))
  // Unencrypted only where there is no network in between.
  const isSafe = protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname))
  return isKnown && isSafe && username === '' && password === ''
}
