import { ed25519 } from '@noble/curves/ed25519.js'
import { expect, it, vi } from 'vitest'
import { concatBytes, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { isSignedBy, issueCertificate } from '#protocol/sealed/certificate.ts'
import { CertificateChecks } from './certificates.ts'

const NOW = Date.UTC(2026, 10, 22, 6)
const { secretKey, publicKey } = ed25519.keygen()
const keys = [{ publicKey: toBase64url(publicKey), from: 0, until: 2 * NOW }]
const identityKey = toBase64url(concatBytes(Uint8Array.of(5), randomBytes(32)))
const sender = { account: toBase64url(randomBytes(16)), device: 1, identityKey }
const certificate = issueCertificate(secretKey, sender, NOW)

it('X-6: a certificate’s signature is verified once; time, keys and session each time', () => {
  const verify = vi.fn<typeof isSignedBy>(isSignedBy)
  const checks = new CertificateChecks(verify)
  expect(checks.verify(certificate, keys, NOW, identityKey)).toMatchObject({ ok: true })
  expect(checks.verify(certificate, keys, NOW, identityKey)).toMatchObject({ ok: true, certificate: sender })
  expect(verify).toHaveBeenCalledTimes(1)
  const later = NOW + 2 * LIMITS.certificateTtl
  const other = toBase64url(concatBytes(Uint8Array.of(5), randomBytes(32)))
  const faults = [
    checks.verify(certificate, keys, later),
    checks.verify(certificate, [], NOW),
    checks.verify(certificate, [{ publicKey: toBase64url(publicKey), from: 0, until: NOW }], NOW),
    checks.verify(certificate, keys, NOW, other),
  ]
  expect(faults.map((verdict) => (verdict.ok ? 'ok' : verdict.fault))).toEqual([
    'expired',
    'unknownKey',
    'keyNotInForce',
    'identityMismatch',
  ])
})

it('X-6: a false signature is not remembered as a good one, nor taken for one', () => {
  const checks = new CertificateChecks()
  const forged = Uint8Array.from(certificate)
  forged[6] = (forged[6] ?? 0) ^ 1
  expect(checks.verify(certificate, keys, NOW)).toMatchObject({ ok: true })
  for (let time = 0; time < 2; time += 1) {
    expect(checks.verify(forged, keys, NOW)).toEqual({ ok: false, fault: 'signatureInvalid' })
  }
})
