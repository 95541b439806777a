/** Certificates of senders, each of whose signatures is verified once: all envelopes of a device carry the same for hours. */

import { toBase64url } from '#protocol/bytes.ts'
import {
  type CertificateKey,
  type CertificateVerdict,
  isSignedBy,
  verifyCertificate,
} from '#protocol/sealed/certificate.ts'

/** Signatures that are remembered: more than a person's contacts have devices that write within a day. */
const REMEMBERED = 1_024

export class CertificateChecks {
  /** Public keys and the certificates that they signed, the oldest first. Only genuine ones: others would push these out. */
  readonly #genuine = new Set<string>()
  readonly #isSigned: typeof isSignedBy

  constructor(isSigned = isSignedBy) {
    this.#isSigned = isSigned
  }

  /** As {@link verifyCertificate}: what can change (time, keys, session) is judged each time. */
  verify(octets: Uint8Array, keys: readonly CertificateKey[], at: number, identityKey?: string): CertificateVerdict {
    return verifyCertificate(octets, keys, at, identityKey, (publicKey, signed) => this.#isGenuine(publicKey, signed))
  }

  #isGenuine(publicKey: Uint8Array, octets: Uint8Array): boolean {
    const name = `${toBase64url(publicKey)} ${toBase64url(octets)}`
    if (this.#genuine.has(name)) return true
    if (!this.#isSigned(publicKey, octets)) return false
    for (const oldest of this.#genuine) {
      if (this.#genuine.size < REMEMBERED) break
      this.#genuine.delete(oldest)
    }
    this.#genuine.add(name)
    return true
  }
}
