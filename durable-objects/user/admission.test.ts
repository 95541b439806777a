import { beforeEach, describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { Delivery } from '#protocol/http/deliveries.ts'
import { deliveryAccess, deliveryVerifier, newDeliveryKey } from '#protocol/sealed/delivery.ts'
import { issuingKeyId } from '#protocol/token-wire.ts'
import { migrate } from '../migrations.ts'
import { randomId } from '../testing/accounts.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { type AdmissionParts, admit } from './admission.ts'
import { Deduplication, payloadHash } from './deduplication.ts'
import { DeliveryKeys } from './delivery-keys.ts'
import { MIGRATIONS } from './schema.ts'
import { SpentTokens } from './spent-tokens.ts'

const NOW = Date.UTC(2026, 10, 22, 6, 10)
const account = randomId()
const access = deliveryAccess(newDeliveryKey(), account)
const wrong = deliveryAccess(newDeliveryKey(), account)
const octets = () => toBase64url(randomBytes(32))
const byToken = { token: { keyId: issuingKeyId(NOW), nonce: octets(), proof: octets() } }
const spent = { keyId: issuingKeyId(NOW), hash: randomId(), use: randomId() }

const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  to: account,
  messageId: randomId(),
  deviceListVersion: 1,
  envelopes: [{ device: 1, registrationId: 1, body: randomId() }],
  credential: { deliveryKey: access },
  ...more,
})
const refused = (code: string) => ({ kind: 'refused', code })
const ADMITTED = expect.objectContaining({ kind: 'admitted' }) as object
const KNOWN = { kind: 'known' }

describe('a delivery from nobody in particular', () => {
  let parts: AdmissionParts
  /** Stores a delivery as the relay does after it was admitted. */
  const accept = (one: Delivery) => parts.deduplication.record(one.messageId, payloadHash(undefined, one), NOW)

  beforeEach(() => {
    const sql = nodeSql()
    migrate(sql, MIGRATIONS)
    parts = {
      deduplication: new Deduplication(sql),
      deliveryKeys: new DeliveryKeys(sql),
      spentTokens: new SpentTokens(sql),
    }
    parts.deliveryKeys.update({ version: 1, verifier: deliveryVerifier(access), keepFormer: false }, NOW)
  })

  it('X-16: comes in by the delivery key, and by a token that can be spent', () => {
    expect(admit(parts, delivery(), undefined, NOW)).toEqual(ADMITTED)
    expect(admit(parts, delivery({ credential: byToken }), spent, NOW)).toEqual(ADMITTED)
  })

  it('X-16: does not come in by another key, nor by a token that is wrong, spent, or retired', () => {
    expect(admit(parts, delivery({ credential: { deliveryKey: wrong } }), undefined, NOW)).toEqual(
      refused('deliveryRefused'),
    )
    const stranger = delivery({ credential: byToken })
    expect(admit(parts, stranger, undefined, NOW)).toEqual(refused('deliveryTokenInvalid'))
    parts.spentTokens.spend(spent, NOW)
    expect(admit(parts, stranger, spent, NOW)).toEqual(refused('deliveryTokenInvalid'))
    const retired = { ...spent, keyId: spent.keyId - 2, hash: randomId() }
    expect(admit(parts, stranger, retired, NOW)).toEqual(refused('deliveryTokenInvalid'))
  })

  it('X-14, X-16: that was accepted before is known, though its token is spent by now, or its key is no more', () => {
    const stranger = delivery({ credential: byToken })
    parts.spentTokens.spend(spent, NOW)
    accept(stranger)
    expect(admit(parts, stranger, spent, NOW)).toEqual(KNOWN)
    expect(admit(parts, stranger, undefined, NOW)).toEqual(KNOWN)
    const contact = delivery()
    accept(contact)
    parts.deliveryKeys.update({ version: 2, verifier: deliveryVerifier(wrong), keepFormer: false }, NOW)
    expect(admit(parts, contact, undefined, NOW)).toEqual(KNOWN)
  })

  it('X-16: under an id that has other octets is refused, and only who has a credential learns that', () => {
    const first = delivery()
    accept(first)
    const other = { ...first, envelopes: delivery().envelopes }
    expect(admit(parts, other, undefined, NOW)).toEqual(refused('messageIdReused'))
    expect(admit(parts, { ...other, credential: { deliveryKey: wrong } }, undefined, NOW)).toEqual(
      refused('deliveryRefused'),
    )
  })

  it('X-19: that is ephemeral is never known', () => {
    const typing = delivery({ ephemeral: true })
    accept(typing)
    expect(admit(parts, typing, undefined, NOW)).toEqual(ADMITTED)
  })

  it('X-14: is judged without spending', () => {
    const stranger = delivery({ credential: byToken })
    for (let time = 0; time < 2; time += 1) expect(admit(parts, stranger, spent, NOW)).toEqual(ADMITTED)
    expect(parts.spentTokens.spend(spent, NOW)).toBe('spendable')
  })

  it('X-8: finds nothing open on an account that has no delivery key', () => {
    const sql = nodeSql()
    migrate(sql, MIGRATIONS)
    const without = { ...parts, deliveryKeys: new DeliveryKeys(sql) }
    expect(admit(without, delivery(), undefined, NOW)).toEqual(refused('deliveryRefused'))
  })
})
