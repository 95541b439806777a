/** A key from a passphrase: Argon2id (RFC 9106), as slow as this machine bears. */

import { utf8 } from '#protocol/bytes.ts'

/** Costs of Argon2id. `m` in KiB, `t` in passes; one lane, since there is one thread. */
export interface PassphraseCosts {
  readonly m: number
  readonly t: number
}

/** The least that OWASP's Password Storage Cheat Sheet asks of Argon2id. */
export const LEAST_COSTS: PassphraseCosts = { m: 19 * 1024, t: 2 }
/** More memory makes guessing on graphics cards dearer; beyond this a phone may not give it. */
const MOST_MEMORY = 64 * 1024
const MOST_PASSES = 8
/** What a person waits for at an unlock without taking it for broken, in milliseconds. */
const TARGET_MS = 750
/** Enough work to measure, a fraction of the least costs. */
const PROBE: PassphraseCosts = { m: 4 * 1024, t: 1 }

/** @returns 32 octets */
export async function passphraseSecret(
  passphrase: string,
  salt: Uint8Array,
  { m, t }: PassphraseCosts,
): Promise<Uint8Array<ArrayBuffer>> {
  // One form for what looks the same on every keyboard (RFC 8265, section 4.2.2).
  const typed = utf8(passphrase.normalize('NFC'))
  // Fetched for those who lock by a passphrase.
  const { argon2idAsync } = await import('@noble/hashes/argon2.js')
  return Uint8Array.from(await argon2idAsync(typed, salt, { m, t, p: 1, dkLen: 32 }))
}

/** Measures this machine. Takes about a tenth of what an unlock will. */
export async function measureCosts(): Promise<PassphraseCosts> {
  const started = performance.now()
  await passphraseSecret('', new Uint8Array(16), PROBE)
  return costsFor(performance.now() - started)
}

/** The costs for a machine that takes `probeMs` for the probe: memory first, then passes, never below the least. */
export function costsFor(probeMs: number): PassphraseCosts {
  // Time is proportional to memory times passes.
  const affordable = (TARGET_MS / Math.max(probeMs, 0.01)) * PROBE.m * PROBE.t
  const m = Math.min(MOST_MEMORY, Math.max(LEAST_COSTS.m, Math.floor(affordable / LEAST_COSTS.t)))
  const t = Math.min(MOST_PASSES, Math.max(LEAST_COSTS.t, Math.floor(affordable / m)))
  return { m, t }
}
