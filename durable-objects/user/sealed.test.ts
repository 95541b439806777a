/** What a relay keeps for sealed sender: delivery keys, spent tokens, the quota of tokens. */

import { describe, expect, it } from 'vitest'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { deliveryAccess, deliveryVerifier, newDeliveryKey } from '#protocol/sealed/delivery.ts'
import {
  type DeliveryToken,
  type SpentToken,
  type TokenUse,
  deriveTokenKey,
  finishTokens,
  issueTokens,
  prepareTokens,
  redeemToken,
  tokenCredential,
} from '#protocol/sealed/tokens.ts'
import { issuingKeyId, tokenKeyEnd } from '#protocol/token-wire.ts'
import { migrate } from '../migrations.ts'
import { SharedStateRules, MIGRATIONS as SHARED_MIGRATIONS } from '../shared-state/rules.ts'
import type { Sql } from '../sql.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { randomId } from '../testing/accounts.ts'
import { DeliveryKeys } from './delivery-keys.ts'
import { MIGRATIONS } from './schema.ts'
import { SpentTokens, claimOf } from './spent-tokens.ts'
import { TokenQuota } from './token-quota.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 22, 6, 10)

function storage(): Sql {
  const sql = nodeSql()
  migrate(sql, MIGRATIONS)
  return sql
}

describe('delivery keys', () => {
  const account = randomId()
  const accesses = [1, 2, 3].map(() => deliveryAccess(newDeliveryKey(), account))
  const [first = '', second = '', third = ''] = accesses
  const update = (version: number, access: string, keepFormer = true) => ({
    version,
    verifier: deliveryVerifier(access),
    keepFormer,
  })

  it('X-9: open, rotate and run out alike before and after a restart', () => {
    const sql = storage()
    const keys = new DeliveryKeys(sql)
    expect([keys.version, keys.opens(first, NOW), keys.due]).toEqual([0, false, undefined])
    expect(keys.update(update(1, first), NOW)).toBe(true)
    expect(keys.update(update(2, second), NOW)).toBe(true)
    for (const same of [keys, new DeliveryKeys(sql)]) {
      expect([same.version, same.due]).toEqual([2, NOW + LIMITS.deliveryKeyGrace])
      expect(accesses.map((access) => same.opens(access, NOW))).toEqual([true, true, false])
      expect(same.opens(first, NOW + LIMITS.deliveryKeyGrace)).toBe(false)
    }
  })

  it('X-10: after a block open to the new key alone, also after a restart', () => {
    const sql = storage()
    const keys = new DeliveryKeys(sql)
    keys.update(update(1, first), NOW)
    keys.update(update(2, second), NOW)
    keys.update(update(3, third, false), NOW)
    for (const same of [keys, new DeliveryKeys(sql)]) {
      expect(accesses.map((access) => same.opens(access, NOW))).toEqual([false, false, true])
      expect(same.due).toBeUndefined()
    }
  })

  it('X-9: refuse what is older, and take the present one again', () => {
    const keys = new DeliveryKeys(storage())
    keys.update(update(5, first), NOW)
    expect([update(5, first), update(5, second), update(4, third)].map((one) => keys.update(one, NOW))).toEqual([
      true,
      false,
      false,
    ])
    expect([keys.version, keys.due]).toEqual([5, undefined])
  })

  it('X-8: are kept as verifiers: nothing in the row opens an inbox, and the former one’s goes with its time', () => {
    const sql = storage()
    const keys = new DeliveryKeys(sql)
    keys.update(update(1, first), NOW)
    keys.update(update(2, second), NOW)
    const rows = () => JSON.stringify(sql.exec('SELECT * FROM delivery_keys'))
    for (const access of [first, second]) expect(rows()).not.toContain(access)
    for (const access of [first, second]) expect(keys.opens(deliveryVerifier(access), NOW)).toBe(false)
    keys.expire(NOW + LIMITS.deliveryKeyGrace - 1)
    expect(rows()).toContain(deliveryVerifier(first))
    keys.expire(NOW + LIMITS.deliveryKeyGrace)
    expect(rows()).not.toContain(deliveryVerifier(first))
    expect(keys.opens(second, NOW + LIMITS.deliveryKeyGrace)).toBe(true)
  })

  it('X-9: after a transaction that failed are as they were', () => {
    const sql = storage()
    const keys = new DeliveryKeys(sql)
    keys.update(update(1, first), NOW)
    expect(() =>
      sql.transaction(() => {
        keys.update(update(2, second, false), NOW)
        throw new Error('crash')
      }),
    ).toThrow('crash')
    keys.forget()
    expect([keys.opens(first, NOW), keys.opens(second, NOW)]).toEqual([true, false])
  })
})

describe('spent tokens', () => {
  const seed = randomBytes(32)
  const id = issuingKeyId(NOW)
  const key = deriveTokenKey(seed, id)
  const pending = prepareTokens(1)
  const answer = issueTokens(key, { blinded: pending.map(({ blinded }) => blinded) }) ?? expect.fail('refused')
  const published = { id, publicKey: toBase64url(key.publicKey) }
  const [token] = finishTokens(pending, published, answer) as [DeliveryToken]
  const redeem = (use: TokenUse) =>
    redeemToken(() => key, tokenCredential(token, use), use, NOW) ?? expect.fail('not genuine')
  const use = { recipient: randomId(), messageId: randomId() }
  const spent = redeem(use)
  const another = (keyId = id) => ({ keyId, hash: randomId(), use: randomId() })

  it('X-14: are spent once, whatever the message', () => {
    const tokens = new SpentTokens(storage())
    expect(tokens.spend(spent, NOW)).toBe('spendable')
    expect(tokens.spend(spent, NOW)).toBe('double')
    expect(tokens.spend(redeem({ ...use, messageId: randomId() }), NOW)).toBe('double')
    expect(tokens.spend(another(), NOW)).toBe('spendable')
  })

  it('X-14: of two that come at once, one is spent: in the transaction of its message or not at all', () => {
    const sql = storage()
    const tokens = new SpentTokens(sql)
    expect(() =>
      sql.transaction(() => {
        expect(tokens.spend(spent, NOW)).toBe('spendable')
        throw new Error('the message could not be stored')
      }),
    ).toThrow('the message could not be stored')
    const both = sql.transaction(() => [tokens.spend(spent, NOW), tokens.spend(spent, NOW)])
    expect(both).toEqual(['spendable', 'double'])
  })

  it('X-14: are remembered over a restart', () => {
    const sql = storage()
    new SpentTokens(sql).spend(spent, NOW)
    expect(new SpentTokens(sql).spend(spent, NOW)).toBe('double')
  })

  it('X-14: are forgotten when their key retires, and are refused from then on, even if the clock goes back', () => {
    const sql = storage()
    const tokens = new SpentTokens(sql)
    const end = tokenKeyEnd(id)
    tokens.spend(spent, NOW)
    tokens.spend(another(id + 1), end - 1)
    expect(tokens.due).toBe(end)
    tokens.retire(end - 1)
    expect(tokens.spend(spent, end - 1)).toBe('double')
    tokens.retire(end)
    expect(sql.exec('SELECT key_id FROM spent_tokens')).toEqual([{ key_id: id + 1 }])
    expect(tokens.spend(spent, end)).toBe('retired')
    expect(new SpentTokens(sql).spend(spent, NOW)).toBe('retired')
    expect(tokens.due).toBe(tokenKeyEnd(id + 1))
  })

  it('X-14: of a key that does not issue yet are not taken', () => {
    expect(new SpentTokens(storage()).spend(another(id + 1), NOW)).toBe('retired')
  })

  it('X-14: take a bounded place; those that were spent stay spent when it is full', () => {
    const sql = storage()
    const tokens = new SpentTokens(sql)
    tokens.spend(spent, NOW)
    sql.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO spent_tokens SELECT ?, 'token ' || i FROM n`,
      RELAY_LIMITS.spentTokens - 2,
      id,
    )
    expect(tokens.spend(another(), NOW)).toBe('spendable')
    expect(tokens.spend(another(), NOW)).toBe('full')
    expect(tokens.spend(spent, NOW)).toBe('double')
  })

  it('X-14: are judged without being spent, so that a delivery that is refused costs nothing', () => {
    const sql = storage()
    const tokens = new SpentTokens(sql)
    expect([tokens.judge(spent, NOW), tokens.judge(spent, NOW), tokens.spend(spent, NOW)]).toEqual(
      Array.from({ length: 3 }, () => 'spendable'),
    )
    expect(tokens.judge(spent, NOW)).toBe('double')
    expect(tokens.judge(spent, tokenKeyEnd(id))).toBe('retired')
  })

  it('X-14: are spent on one recipient alone: the edge claims them for all, until their key retires', () => {
    const elsewhere = redeem({ recipient: randomId(), messageId: randomId() })
    expect([elsewhere.hash === spent.hash, elsewhere.use === spent.use]).toEqual([true, false])
    // The other's object alone would take it.
    expect(new SpentTokens(storage()).judge(elsewhere, NOW)).toBe('spendable')
    const shared = nodeSql()
    migrate(shared, SHARED_MIGRATIONS)
    const rules = new SharedStateRules(shared)
    const claim = (one: SpentToken, now: number) => {
      const { key: name, ttlMs, holder } = claimOf(one, now)
      return rules.claim(name, ttlMs, now, holder)
    }
    expect([claim(spent, NOW), claim(elsewhere, NOW + 1), claim(elsewhere, tokenKeyEnd(id) - 1)]).toEqual([
      true,
      false,
      false,
    ])
    // The same delivery once more, as after an answer that was lost, or after a mismatch.
    expect(claim(redeem(use), NOW + 2)).toBe(true)
  })

  it('X-14: leave no trace of who sent: a key id and a hash', () => {
    const sql = storage()
    new SpentTokens(sql).spend(spent, NOW)
    expect(sql.exec('SELECT * FROM spent_tokens')).toEqual([{ key_id: id, hash: spent.hash }])
    for (const secret of [token.nonce, token.secret]) expect(secret).not.toContain(spent.hash)
  })
})

describe('the quota of tokens', () => {
  const request = (count: number) => ({ blinded: Array.from({ length: count }, () => toBase64url(randomBytes(32))) })

  it('X-12: grants as many as there are in a day, and says when there are more', () => {
    const sql = storage()
    const take = (count: number, now: number) => new TokenQuota(sql).take(request(count), now)
    for (let taken = 0; taken < RELAY_LIMITS.tokensPerDay; taken += 10) expect(take(10, NOW)).toEqual({ granted: true })
    const tomorrow = Date.UTC(2026, 10, 23)
    expect(take(1, NOW)).toEqual({ granted: false, retryAfterMs: tomorrow - NOW })
    expect(take(1, tomorrow - 1)).toEqual({ granted: false, retryAfterMs: 1 })
    expect(take(10, tomorrow)).toEqual({ granted: true })
  })

  it('X-12: grants all of a request or nothing', () => {
    const quota = new TokenQuota(storage())
    for (let taken = 10; taken < RELAY_LIMITS.tokensPerDay; taken += 10) quota.take(request(10), NOW)
    quota.take(request(5), NOW)
    expect(quota.take(request(6), NOW).granted).toBe(false)
    expect(quota.take(request(5), NOW).granted).toBe(true)
    expect(quota.take(request(1), NOW).granted).toBe(false)
  })

  it('X-12: grants the last request of a day again, also when nothing is left, and no other', () => {
    const quota = new TokenQuota(storage())
    const requests = Array.from({ length: RELAY_LIMITS.tokensPerDay / 10 }, () => request(10))
    for (const one of requests) expect(quota.take(one, NOW).granted).toBe(true)
    expect(requests.map((one) => quota.take(one, NOW).granted)).toEqual([false, false, false, true])
  })

  it('X-12: begins no day again when the clock goes back', () => {
    const quota = new TokenQuota(storage())
    for (let taken = 0; taken < RELAY_LIMITS.tokensPerDay; taken += 10) quota.take(request(10), NOW)
    expect(quota.take(request(1), NOW - DAY).granted).toBe(false)
  })
})
