/** Messages from nobody in particular, as an account's relay takes them. */

import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { DeliveryCredential } from '#protocol/http/deliveries.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { deliveryAccess, deliveryVerifier, newDeliveryKey } from '#protocol/sealed/delivery.ts'
import { issuingKeyId, tokenKeyEnd } from '#protocol/token-wire.ts'
import { RATES } from '../rates/table.ts'
import type { Sql } from '../sql.ts'
import { messageFor, nextList, randomId, sealedDeviceRecord, testAccount } from '../testing/accounts.ts'
import { deliveryFor, sealedEnvelope } from '../testing/deliveries.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { BY, TestSocket, relayFor } from '../testing/relays.ts'
import type { DepositOutcome } from './deposit.ts'
import { Relay } from './relay.ts'

const NOW = Date.UTC(2026, 10, 22, 6, 10)

/** An account whose inbox opens to a delivery key, and to tokens. */
async function person(oneTimePrekeys = 0, sql: Sql = nodeSql()) {
  const account = await testAccount(oneTimePrekeys, sealedDeviceRecord(1))
  const relay = relayFor(account, sql, NOW)
  const access = deliveryAccess(newDeliveryKey(), account.id)
  relay.sealed.updateKey({ version: 1, verifier: deliveryVerifier(access), keepFormer: false }, NOW)
  return { account, relay, sql, list: account.list, byKey: { deliveryKey: access } as DeliveryCredential }
}

const octets = () => toBase64url(randomBytes(32))
const byToken: DeliveryCredential = { token: { keyId: issuingKeyId(NOW), nonce: octets(), proof: octets() } }
/** What the edge makes of a token that it found genuine. */
const spent = () => ({ keyId: issuingKeyId(NOW), hash: randomId(), use: randomId() })
const codes = (outcomes: readonly DepositOutcome[]) =>
  outcomes.map((outcome) => (outcome.kind === 'rejected' ? outcome.code : outcome.kind))

describe('a sealed delivery', () => {
  it('X-16: is stored and pushed like any message, without a sender anywhere', async () => {
    const { relay, list, byKey, sql } = await person()
    const socket = new TestSocket(relay, 1)
    socket.hello(relay)
    const delivery = deliveryFor(list, byKey)
    expect(codes(relay.depositSealed([{ delivery, token: undefined }], NOW))).toEqual(['accepted'])
    const [item] = socket.ofType('envelopes')[0]?.items ?? []
    expect(item).toEqual({ seq: 1, messageId: delivery.messageId, at: NOW, body: delivery.envelopes[0]?.body })
    expect(sql.exec('SELECT from_account, from_device FROM inbox')).toEqual([{ from_account: null, from_device: null }])
  })

  it('X-16, X-18: that is repeated is accepted again and stored once, whatever opens the inbox by then', async () => {
    const { relay, list, byKey } = await person()
    const delivery = deliveryFor(list, byKey)
    const deliver = () => codes(relay.depositSealed([{ delivery, token: undefined }], NOW))
    expect(deliver()).toEqual(['accepted'])
    relay.sealed.updateKey({ version: 2, verifier: octets(), keepFormer: false }, NOW)
    expect(deliver()).toEqual(['accepted'])
    expect(relay.inboxes.count(1)).toBe(1)
    const other = deliveryFor(list, byKey, { messageId: delivery.messageId })
    expect(codes(relay.depositSealed([{ delivery: other, token: undefined }], NOW))).toEqual(['deliveryRefused'])
  })

  it('X-16: with a wrong credential learns nothing, neither of ids nor of devices', async () => {
    const { relay, list, byKey } = await person()
    const delivery = deliveryFor(list, byKey)
    relay.depositSealed([{ delivery, token: undefined }], NOW)
    const wrong = { deliveryKey: octets() }
    const tries = [
      deliveryFor(list, wrong),
      deliveryFor(list, wrong, { envelopes: [] }),
      deliveryFor(list, wrong, { messageId: delivery.messageId }),
    ].map((one) => ({ delivery: one, token: undefined }))
    expect(codes(relay.depositSealed(tries, NOW))).toEqual(['deliveryRefused', 'deliveryRefused', 'deliveryRefused'])
  })

  it('X-14: spends its token in its own transaction: of two messages with one token the first is taken', async () => {
    const { relay, list, sql } = await person()
    const token = spent()
    const both = [deliveryFor(list, byToken), deliveryFor(list, byToken)].map((delivery) => ({ delivery, token }))
    expect(codes(relay.depositSealed(both, NOW))).toEqual(['accepted', 'deliveryTokenInvalid'])
    // After an eviction it is still spent.
    const woken = new Relay(sql)
    expect(codes(woken.depositSealed(both, NOW))).toEqual(['accepted', 'deliveryTokenInvalid'])
    expect(woken.inboxes.count(1)).toBe(1)
  })

  it('X-14: that is answered `mismatch`, or finds no room, spends nothing', async () => {
    const { relay, list } = await person()
    const token = spent()
    const messageId = randomId()
    const asking = deliveryFor(list, byToken, { messageId, envelopes: [] })
    expect(codes(relay.depositSealed([{ delivery: asking, token }], NOW))).toEqual(['mismatch'])
    const complete = deliveryFor(list, byToken, { messageId })
    expect(codes(relay.depositSealed([{ delivery: complete, token }], NOW))).toEqual(['accepted'])
    expect(codes(relay.depositSealed([{ delivery: deliveryFor(list, byToken), token }], NOW))).toEqual([
      'deliveryTokenInvalid',
    ])
  })

  it('X-17: takes one-time prekeys as one of all contacts, or of all strangers', async () => {
    const { relay, list, byKey } = await person(40)
    const bundle = (credential: DeliveryCredential) => {
      const delivery = deliveryFor(list, credential, { envelopes: [] })
      const token = 'token' in credential ? spent() : undefined
      const [outcome] = relay.depositSealed([{ delivery, token }], NOW)
      return outcome?.kind === 'mismatch' && outcome.mismatch.bundles[0]?.oneTimePrekey !== undefined
    }
    const count = RATES.prekeysPerTaker.burst + 2
    for (const credential of [byKey, byToken]) {
      const got = Array.from({ length: count }, () => bundle(credential))
      expect(got.filter(Boolean)).toHaveLength(RATES.prekeysPerTaker.burst)
    }
    // And what they take, they take from nobody else.
    expect(relay.bundles({ account: randomId(), device: 1 }, [1], NOW).bundles[0]?.oneTimePrekey).toBeDefined()
  })

  it('X-3: for a key that the device has replaced is refused, with the list and without bundles', async () => {
    const { account, relay, list, byKey } = await person(5)
    const [device] = list.devices
    if (!device) throw new Error('no device')
    const former = deliveryFor(list, byKey)
    const next = nextList(account, list, [{ ...device, sealingKey: toBase64url(randomBytes(1_216)) }])
    expect(relay.updateDeviceList(next.signed, [], NOW, BY)).toEqual({ ok: true, value: 2 })
    const [outcome] = relay.depositSealed([{ delivery: former, token: undefined }], NOW)
    expect(outcome).toMatchObject({
      kind: 'mismatch',
      mismatch: { missing: [], extra: [], stale: [1], bundles: [], deviceList: next.signed },
    })
    const again = deliveryFor(next.list, byKey, { messageId: former.messageId })
    expect(codes(relay.depositSealed([{ delivery: again, token: undefined }], NOW))).toEqual(['accepted'])
    // Who says who it is, needs no sealing key.
    expect(codes(relay.deposit({ account: randomId(), device: 1 }, [messageFor(list)], NOW))).toEqual(['accepted'])
  })

  it('X-15: to a device without a sealing key does not come in', async () => {
    const { account, relay, list, byKey } = await person()
    const { sealingKey: _none, ...bare } = sealedDeviceRecord(2)
    const next = nextList(account, list, [...list.devices, bare])
    relay.updateDeviceList(next.signed, [{ device: 2, upload: account.upload }], NOW, BY)
    const delivery = deliveryFor(next.list, byKey, {
      envelopes: [...list.devices.map(sealedEnvelope), { ...sealedEnvelope(sealedDeviceRecord(2)), device: 2 }],
    })
    const [outcome] = relay.depositSealed([{ delivery, token: undefined }], NOW)
    expect(outcome).toMatchObject({ kind: 'mismatch', mismatch: { stale: [2] } })
  })

  it('D-7, D-10: leaves room for those who say who they are; strangers leave some for contacts', async () => {
    const { relay, list, byKey, sql } = await person()
    const fill = (part: number) => {
      sql.exec('DELETE FROM inbox')
      sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO inbox SELECT 68719476736 + i, 'm' || i, NULL, NULL, 0, 0, 1, 'A' FROM n`,
        RELAY_LIMITS.inboxEnvelopes * part,
      )
      relay.inboxes.forget()
    }
    const stranger = () =>
      codes(relay.depositSealed([{ delivery: deliveryFor(list, byToken), token: spent() }], NOW)).join()
    const contact = () =>
      codes(relay.depositSealed([{ delivery: deliveryFor(list, byKey), token: undefined }], NOW)).join()
    const known = () => codes(relay.deposit({ account: randomId(), device: 1 }, [messageFor(list)], NOW)).join()
    fill(RELAY_LIMITS.strangersPart)
    sql.exec('UPDATE devices SET next_seq = 100000')
    relay.inboxes.forget()
    expect([stranger(), contact(), known()]).toEqual(['quotaExceeded', 'accepted', 'accepted'])
    fill(RELAY_LIMITS.contactsPart)
    expect([stranger(), contact(), known()]).toEqual(['quotaExceeded', 'quotaExceeded', 'accepted'])
  })

  it('H-5: is limited by recipient, exactly, also over an eviction; strangers do not use up what contacts have', async () => {
    const { list, byKey, sql } = await person()
    let relay = new Relay(sql)
    const { burst, everyMs } = RATES.deliveriesPerRecipient
    const typing = (credential = byKey) => ({
      delivery: deliveryFor(list, credential, { ephemeral: true, envelopes: [] }),
      token: undefined,
    })
    const flood = Array.from({ length: burst }, () => typing())
    expect(new Set(codes(relay.depositSealed(flood, NOW)))).toEqual(new Set(['mismatch']))
    relay = new Relay(sql)
    expect(relay.depositSealed([typing()], NOW)[0]).toMatchObject({ code: 'rateLimited', retryAfterMs: everyMs })
    const stranger = { delivery: deliveryFor(list, byToken), token: spent() }
    expect(codes(relay.depositSealed([stranger], NOW))).toEqual(['accepted'])
    expect(codes(relay.depositSealed([typing()], NOW + everyMs))).toEqual(['mismatch'])
    // Who has no credential counts for nothing.
    const wrong = { deliveryKey: octets() }
    relay.depositSealed(
      Array.from({ length: 50 }, () => typing(wrong)),
      NOW + 2 * everyMs,
    )
    expect(codes(relay.depositSealed([typing()], NOW + 2 * everyMs))).toEqual(['mismatch'])
  })

  it('X-12: forgets tokens of retired keys, and the former delivery key, by its alarm', async () => {
    const { relay, list, sql } = await person()
    relay.depositSealed([{ delivery: deliveryFor(list, byToken), token: spent() }], NOW)
    relay.sealed.updateKey({ version: 2, verifier: octets(), keepFormer: true }, NOW)
    expect(relay.sealed.due).toBe(Math.min(NOW + LIMITS.deliveryKeyGrace, tokenKeyEnd(issuingKeyId(NOW))))
    relay.expire(tokenKeyEnd(issuingKeyId(NOW)))
    expect(relay.sealed.due).toBeUndefined()
    expect(sql.exec('SELECT * FROM spent_tokens')).toEqual([])
  })

  it('X-9: a device learns with its greeting which delivery key the relay has', async () => {
    const { relay } = await person()
    const welcome = new TestSocket(relay, 1).hello(relay)[0]
    expect(welcome).toMatchObject({ type: 'welcome', deliveryKeyVersion: 1 })
  })
})
