/**
 * What sealed sender costs, operation by operation: `node bench/sealing.ts` prints a table and writes it, with what it was
 * measured on, to `bench/results/sealing.json`. Times are of the processor, all threads of the process together, in
 * milliseconds for one operation: they suffer least from what else the machine does. Medians of rounds.
 */

import { ed25519 } from '@noble/curves/ed25519.js'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { concatBytes, randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { pad } from '#protocol/content/padding.ts'
import { LIMITS } from '#protocol/limits.ts'
import { issueCertificate, verifyCertificate } from '#protocol/sealed/certificate.ts'
import { deliveryAccess, deliveryVerifier, newDeliveryKey, opensDelivery } from '#protocol/sealed/delivery.ts'
import {
  deriveTokenKey,
  finishTokens,
  issueTokens,
  prepareTokens,
  redeemToken,
  tokenCredential,
} from '#protocol/sealed/tokens.ts'
import { issuingKeyId } from '#protocol/token-wire.ts'
import { generateSealingKey, openEnvelope, sealEnvelope } from '#sdk/crypto/sealing.ts'
import { connectedPeers } from '#sdk/crypto/testing/peer.ts'
import { describeMachine } from './machine.ts'

const ROUNDS = 25

interface Figure {
  readonly operation: string
  /** On whose processor. */
  readonly side: 'client' | 'server'
  readonly ms: number
}

const figures: Figure[] = []

/** Processor time of one operation: the median over rounds, of which each does it `times` times. */
async function measure(operation: string, side: Figure['side'], times: number, run: () => unknown): Promise<void> {
  const rounds: number[] = []
  // The first rounds warm up the compiler.
  for (let round = -5; round < ROUNDS; round += 1) {
    const start = process.cpuUsage()
    for (let time = 0; time < times; time += 1) await run()
    const { user, system } = process.cpuUsage(start)
    if (round >= 0) rounds.push((user + system) / 1_000 / times)
  }
  const ms = Number((rounds.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN).toFixed(3))
  figures.push({ operation, side, ms })
  process.stderr.write(`  ${side.padEnd(6)}  ${operation.padEnd(44)} ${ms.toFixed(3)} ms\n`)
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('refused')
  return value
}

const machine = describeMachine()
const now = Date.now()
const draw = () => toBase64url(randomBytes(16))

// Sealing: a text of 300 octets, encrypted by the ratchet, as an envelope holds it.
const [ada, ben] = await connectedPeers()
const content = pad(utf8('x'.repeat(300)))
const message = await ada.send(ben, content)
const key = await generateSealingKey()
const target = { account: draw(), device: 1, registrationId: 1, messageId: draw(), ephemeral: false }
const seed = randomBytes(32)
const sender = { account: draw(), device: 1, identityKey: toBase64url(concatBytes(Uint8Array.of(5), randomBytes(32))) }
const certificate = issueCertificate(seed, sender, now)
const sealed = await sealEnvelope(key.publicKey, target, certificate, message)
const largest = new Uint8Array(61_440).fill(1)
const largestSealed = await sealEnvelope(key.publicKey, target, certificate, largest)

await measure('ratchet: encrypt, for comparison', 'client', 20, () => ada.send(ben, content))
await measure('sealing key: generate', 'client', 10, generateSealingKey)
await measure('seal, text of 300 octets', 'client', 10, () => sealEnvelope(key.publicKey, target, certificate, message))
await measure('open, text of 300 octets', 'client', 10, () => openEnvelope([key], target, sealed))
await measure('seal, largest message', 'client', 10, () => sealEnvelope(key.publicKey, target, certificate, largest))
await measure('open, largest message', 'client', 10, () => openEnvelope([key], target, largestSealed))

const keys = [{ publicKey: toBase64url(ed25519.getPublicKey(seed)), from: 0, until: 2 * now }]
await measure('certificate: verify', 'client', 10, () => verifyCertificate(certificate, keys, now, sender.identityKey))
await measure('certificate: issue', 'server', 10, () => issueCertificate(seed, sender, now))

const account = draw()
const access = deliveryAccess(newDeliveryKey(), account)
const state = { version: 1, verifier: deliveryVerifier(access) }
await measure('delivery key: check', 'server', 200, () => opensDelivery(state, access, now))

const tokenKey = deriveTokenKey(randomBytes(32), issuingKeyId(now))
const published = { id: tokenKey.id, publicKey: toBase64url(tokenKey.publicKey) }
const batch = LIMITS.tokensPerRequest
const pending = prepareTokens(batch)
const request = { blinded: pending.map(({ blinded }) => blinded) }
const answer = must(issueTokens(tokenKey, request))
const token = must(finishTokens(pending, published, answer)?.[0])
const use = { recipient: account, messageId: draw() }
const credential = tokenCredential(token, use)
await measure(`tokens: blind ${batch}`, 'client', 1, () => prepareTokens(batch))
await measure(`tokens: issue ${batch}`, 'server', 1, () => issueTokens(tokenKey, request))
await measure(`tokens: verify and unblind ${batch}`, 'client', 1, () => must(finishTokens(pending, published, answer)))
await measure('token: redeem', 'server', 5, () => must(redeemToken(() => tokenKey, credential, use, now)))

const result = {
  at: new Date().toISOString(),
  command: 'node bench/sealing.ts',
  machine,
  unit: 'ms of processor time for one operation, median',
  rounds: ROUNDS,
  figures,
  octets: {
    textOf300: { identified: message.length, sealed: sealed.length },
    largest: { identified: largest.length, sealed: largestSealed.length },
  },
}
const file = join(import.meta.dirname, 'results', 'sealing.json')
await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`)
