import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '#db/client.ts'
import { registerAccount } from '#db/queries/registration.ts'
import {
  type TestAccount,
  deviceRecord,
  nextList,
  prekeyUpload,
  randomId,
  testAccount,
} from '#durable-objects/testing/accounts.ts'
import { RATES } from '#durable-objects/rates/table.ts'
import { keyLogFolder, keyLogKeys } from '#durable-objects/key-log/keys.ts'
import { newList } from '#durable-objects/key-log/testing/lists.ts'
import { keyLogOf } from '#durable-objects/key-log/stub.ts'
import { relayOf } from '#durable-objects/user/stub.ts'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { KeyLogConfiguration, keyLogLookup } from '#protocol/http/key-log.ts'
import { auditLog } from '#protocol/merkle/audit/audit.ts'
import { blind, finalise, indexFromOutput, indexInput, indexOf } from '#protocol/merkle/index-oprf.ts'
import { proofOf } from '#protocol/merkle/lookup.ts'
import { parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { type LookupFinding, verifyLookup } from '#protocol/merkle/verify-lookup.ts'
import { durableSharedState } from '#workers/shared-state/durable.ts'
import { ORIGIN, call, registeredMember, tokenOf } from './edge-client.ts'
import { stubOf } from './relay-client.ts'

/** Of every call: it stands in the audit log. */
const CORRELATION = '0123456789abcdef0123456789abcdef'

const derived = keyLogKeys(env)
if (derived === undefined) throw new Error('the tests have a key log')
const KEYS = derived
const stub = () => env.KEY_LOG.get(env.KEY_LOG.idFromName(KEYS.verifierKey))
const inLog = (statement: string) => runInDurableObject(stub(), (_, state) => void state.storage.sql.exec(statement))
const log = () => keyLogOf(env.KEY_LOG, KEYS)
/** The checkpoint that everybody reads, if there is one. */
const CHECKPOINT = `${keyLogFolder(KEYS)}checkpoint`
const published = async () => (await env.MEDIA.get(CHECKPOINT))?.text()
const sizeOf = (checkpoint: string | undefined) => Number(checkpoint?.split('\n')[1] ?? 0)

/** Resolves when everything that the object has is published, so that nothing is written there any more. */
async function publication(size: number): Promise<void> {
  while (sizeOf(await published()) < size) {
    await runDurableObjectAlarm(stub())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A client's view of an account, from the relay's configuration on. */
async function lookUp(token: string, account: string, pinned = 0) {
  const { keyLog } = (await call('GET', '/v1/configuration')).body
  const configuration = v.parse(KeyLogConfiguration, keyLog)
  const logKey = parseVerifierKey(configuration.key)
  if (logKey === undefined) throw new Error('not a key')
  const indexKey = fromBase64url(configuration.indexKey)
  const input = blind(indexInput(account))
  const asked = await call('POST', '/v1/key-log/indexes', { elements: [toBase64url(input.blinded)] }, { token })
  const { evaluated, proof } = asked.body as unknown as { evaluated: string[]; proof: string }
  const [output] =
    finalise([input], indexKey, { evaluated: evaluated.map(fromBase64url), proof: fromBase64url(proof) }) ?? []
  if (output === undefined) throw new Error('the proof does not verify')
  const index = indexFromOutput(output)
  const accounts = [{ account, index: toBase64url(index) }]
  const answer = await call('POST', '/v1/key-log/lookup', { accounts, pinned })
  const trust = { origin: configuration.origin, logKey, witnesses: [], quorum: 0, indexKey }
  const verify = () => {
    const { accounts: parts, ...head } = v.parse(keyLogLookup.response, answer.body)
    const [part] = parts
    if (part === undefined || 'failed' in part) throw new Error(part?.failed ?? 'nothing')
    return verifyLookup(proofOf(head, part, undefined), trust, { account, index, notBefore: 0 })
  }
  const [part] = (answer.body as { accounts?: { failed?: string }[] }).accounts ?? []
  return { answer, index, verify, failed: part?.failed }
}

async function findingOf(token: string, account: string): Promise<LookupFinding> {
  const verified = (await lookUp(token, account)).verify()
  if (typeof verified === 'string') throw new Error(verified)
  return verified.finding
}

async function secondList(account: TestAccount) {
  const next = nextList(account, account.list, [...account.list.devices, deviceRecord(2)])
  const login = await relayOf(env.USER_RELAY, account.id).loginKey({
    account: account.id,
    correlationId: CORRELATION,
    device: 1,
  })
  if (!login.ok) throw new Error(login.code)
  const prekeys = [{ device: 2, upload: await prekeyUpload(account.identity) }]
  const caller = { device: 1, tokenEpoch: login.value.tokenEpoch }
  return { account: account.id, correlationId: CORRELATION, caller, deviceList: next.signed, prekeys }
}

describe('the object', () => {
  it('Q-3, Q-4: answers when the checkpoint covers it; what waits outlives an eviction', async () => {
    const lists = Array.from({ length: 20 }, () => newList())
    expect(await Promise.all(lists.map((list) => log().append(list)))).toEqual(lists.map(() => 'logged'))
    const [first] = lists
    const before = await log().lookup({ indexes: [first?.index ?? ''], since: 0 })
    await evictDurableObject(stub())
    const after = await log().lookup({ indexes: [first?.index ?? ''], since: 0 })
    expect(after).toEqual(before)
    expect(await log().append(newList(first?.index))).toBe('conflict')
  })

  it('Q-4: what was stored and not sequenced is sequenced by the alarm after a crash', async () => {
    await log().append(newList())
    const { index, version, commitment } = newList()
    await runInDurableObject(stub(), async (_, state) => {
      state.storage.sql.exec(
        'INSERT INTO pending (account_index, version, commitment) VALUES (?, ?, ?)',
        index,
        version,
        commitment,
      )
    })
    await evictDurableObject(stub())
    await runInDurableObject(stub(), async (_, state) => state.storage.setAlarm(Date.now() + 60_000))
    await runDurableObjectAlarm(stub())
    expect((await log().lookup({ indexes: [index], since: 0 })).at[0]?.version).toBe(1)
  })

  it('Q-5: with R2 down it goes on, also evicted, and the copy catches up', async () => {
    const attempts: string[] = []
    await runInDurableObject(stub(), (object) => {
      const put = (path: string) => {
        attempts.push(path)
        return Promise.reject(new Error('R2 is down'))
      }
      Object.assign(object, { env: { ...env, MEDIA: { put } } })
    })
    const { index, ...list } = newList()
    expect(await log().append({ index, ...list })).toBe('logged')
    const size = sizeOf((await log().lookup({ indexes: [index], since: 0 })).head.checkpoint)
    while (attempts.length === 0) {
      await runDurableObjectAlarm(stub())
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(sizeOf(await published())).toBeLessThan(size)
    await evictDurableObject(stub())
    await publication(size)
    expect(sizeOf(await published())).toBe(size)
  })

  it('Q-6: with a published checkpoint and no storage it signs nothing', async () => {
    const kept = await published()
    await env.MEDIA.put(CHECKPOINT, 'published before')
    const fresh = env.KEY_LOG.get(env.KEY_LOG.newUniqueId())
    await runInDurableObject(fresh, async (object) => {
      await expect(object.append(newList())).rejects.toThrow('is not what was published')
      await env.MEDIA.delete(CHECKPOINT)
      expect(await object.append(newList())).toBe('logged')
    })
    if (kept !== undefined) await env.MEDIA.put(CHECKPOINT, kept)
  })

  it('Q-6: with a storage that is older than what was published it signs nothing', async () => {
    const { index, ...list } = newList()
    expect(await log().append({ index, ...list })).toBe('logged')
    const { checkpoint } = (await log().lookup({ indexes: [index], since: 0 })).head
    await publication(sizeOf(checkpoint))
    const [origin, size, ...rest] = checkpoint.split('\n')
    for (const forged of [
      [origin, String(Number(size) + 1), ...rest],
      [origin, size, `${'A'.repeat(43)}=`, ...rest.slice(1)],
      ['nonsense'],
    ]) {
      await env.MEDIA.put(CHECKPOINT, forged.join('\n'))
      await evictDurableObject(stub())
      await runInDurableObject(stub(), async (object) => {
        await expect(object.lookup({ indexes: [index], since: 0 })).rejects.toThrow('is not what was published')
      })
    }
    await env.MEDIA.put(CHECKPOINT, checkpoint)
    expect((await log().lookup({ indexes: [index], since: 0 })).head.checkpoint).toBe(checkpoint)
  })
})

describe('accounts', () => {
  it('Q-1: registration and every change of the list are logged, and a lookup proves the newest', async () => {
    const ada = await registeredMember()
    const token = await tokenOf(ada)
    expect(await findingOf(token, ada.id)).toMatchObject({ kind: 'listed', version: 1 })
    const update = await secondList(ada)
    expect(await relayOf(env.USER_RELAY, ada.id).updateDeviceList(update)).toEqual({ ok: true, value: 2 })
    expect(await findingOf(token, ada.id)).toMatchObject({ kind: 'listed', version: 2, list: { devices: [{}, {}] } })
    await runInDurableObject(stubOf(ada), (_, state) => {
      expect(state.storage.sql.exec('SELECT count(*) AS n FROM key_log_outbox').one()).toEqual({ n: 0 })
    })
  })

  it('Q-1: an account from before the log is logged when it is first looked up', async () => {
    const token = await tokenOf(await registeredMember())
    const old = await testAccount()
    const db = openDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.DATABASE_HTTP_ENDPOINT })
    // The database alone has it: the object is rebuilt from there, and knows nothing of a log.
    await registerAccount(db, {
      account: old.id,
      identityKey: fromBase64url(old.list.identityKey),
      deviceList: fromBase64url(old.signed.bytes),
      deviceListSignature: fromBase64url(old.signed.signature),
      deviceListVersion: 1,
      username: undefined,
      inviteCodeHash: undefined,
      correlationId: CORRELATION,
      now: Date.now(),
    })
    const index = toBase64url(indexOf(KEYS.indexKey, old.id))
    expect((await log().lookup({ indexes: [index], since: 0 })).at[0]?.version).toBeUndefined()
    expect(await findingOf(token, old.id)).toMatchObject({ kind: 'listed', version: 1 })
  })

  it('Q-1: a version that has just come into force is logged before the list is served', async () => {
    const ada = await registeredMember()
    await runInDurableObject(stubOf(ada), (_, state) => {
      state.storage.sql.exec(`INSERT INTO key_log_outbox (version, bytes) VALUES (2, 'AA')`)
    })
    const asked = { account: ada.id, correlationId: CORRELATION }
    expect(await relayOf(env.USER_RELAY, ada.id).deviceList(asked)).toMatchObject({ ok: true })
    const indexes = [toBase64url(indexOf(KEYS.indexKey, ada.id))]
    expect((await log().lookup({ indexes, since: 0 })).at[0]?.version).toBe(2)
  })

  it('Q-1: a log that is down holds nobody up, and loses nothing', async () => {
    const ada = await registeredMember()
    const token = await tokenOf(ada)
    const update = await secondList(ada)
    await inLog('ALTER TABLE pending RENAME TO away')
    expect(await relayOf(env.USER_RELAY, ada.id).updateDeviceList(update)).toEqual({ ok: true, value: 2 })
    expect((await lookUp(token, ada.id)).failed).toBe('relayUnavailable')
    // The list is served all the same: who writes to it waits for the proof.
    const served = await relayOf(env.USER_RELAY, ada.id).deviceList({ account: ada.id, correlationId: CORRELATION })
    expect(served).toEqual({ ok: true, value: update.deviceList })
    const alarm = async () => runInDurableObject(stubOf(ada), (_, state) => state.storage.getAlarm())
    while ((await alarm()) === null) await new Promise((resolve) => setTimeout(resolve, 5))
    await inLog('ALTER TABLE away RENAME TO pending')
    await runInDurableObject(stubOf(ada), (_, state) => {
      state.storage.sql.exec('UPDATE key_log SET due_at = 0')
    })
    await runDurableObjectAlarm(stubOf(ada))
    const index = toBase64url(indexOf(KEYS.indexKey, ada.id))
    expect((await log().lookup({ indexes: [index], since: 0 })).at[0]?.version).toBe(2)
    expect(await findingOf(token, ada.id)).toMatchObject({ kind: 'listed', version: 2 })
  })

  it('Q-1: where the log has another list of a version, nothing is answered', async () => {
    const ada = await registeredMember()
    const update = await secondList(ada)
    expect(await log().append(newList(toBase64url(indexOf(KEYS.indexKey, ada.id)), 2))).toBe('logged')
    expect(await relayOf(env.USER_RELAY, ada.id).updateDeviceList(update)).toEqual({ ok: true, value: 2 })
    expect((await lookUp(await tokenOf(ada), ada.id)).failed).toBe('relayUnavailable')
  })
})

describe('over HTTP', () => {
  it('Q-7, Q-8, X-22: refuses elements that are none, a foreign index, indexes for nobody, and lookups for somebody', async () => {
    const ada = await registeredMember()
    const token = await tokenOf(ada)
    const codeOf = async (path: string, body: object, options = {}) =>
      (await call('POST', `/v1/key-log/${path}`, body, options)).body.error
    const zero = toBase64url(new Uint8Array(32))
    expect(await codeOf('indexes', { elements: [zero] }, { token })).toMatchObject({ code: 'malformed' })
    expect(await codeOf('indexes', { elements: [] }, { token })).toMatchObject({ code: 'malformed' })
    const many = Array.from({ length: 33 }, () => zero)
    expect(await codeOf('indexes', { elements: many }, { token })).toMatchObject({ code: 'malformed' })
    const lookup = { accounts: [{ account: ada.id, index: zero }], pinned: 0 }
    expect(await codeOf('lookup', lookup)).toMatchObject({ code: 'malformed', detail: 'index' })
    expect(await codeOf('lookup', lookup, { token })).toMatchObject({ code: 'malformed', detail: 'authorization' })
    expect(await codeOf('indexes', { elements: [zero] })).toMatchObject({ code: 'tokenMissing' })
  })

  it('Q-7: the quota of indexes is counted in elements', async () => {
    const ada = await registeredMember()
    const token = await tokenOf(ada)
    const rate = RATES.indexesPerAccount
    await durableSharedState(env.SHARED_STATE).take(`indexesPerAccount:${ada.id}`, rate, Date.now(), rate.burst - 6)
    const asked = async (count: number) => {
      const elements = Array.from({ length: count }, () => toBase64url(new Uint8Array(32)))
      return (await call('POST', '/v1/key-log/indexes', { elements }, { token })).body.error?.code
    }
    // They are no elements, but counted. (A few more are there by the second request, never so many.)
    expect([await asked(6), await asked(32)]).toEqual(['malformed', 'rateLimited'])
  })

  it('Q-8: of an account that there is not, proves that the log has nothing', async () => {
    const token = await tokenOf(await registeredMember())
    expect(await findingOf(token, randomId())).toEqual({ kind: 'absent' })
  })

  it('Q-8: answers for many accounts under one checkpoint, without the lists that the client has, and of each what it can', async () => {
    const [ada, bob] = await Promise.all([registeredMember(), registeredMember()])
    const nobody = randomId()
    const indexed = (account: string) => ({ account, index: toBase64url(indexOf(KEYS.indexKey, account)) })
    const known = toBase64url(sha256(fromBase64url(bob.signed.bytes)))
    await log().append(newList(indexed(nobody).index))
    const accounts = [indexed(ada.id), { ...indexed(bob.id), known }, indexed(randomId()), indexed(nobody)]
    const { body } = await call('POST', '/v1/key-log/lookup', { accounts, pinned: 0 })
    const answer = v.parse(keyLogLookup.response, body)
    expect(answer.accounts).toMatchObject([
      { entry: { opened: { list: ada.signed } } },
      { entry: { opened: { opening: expect.any(String) as string } } },
      { map: expect.any(String) as string },
      { failed: 'unknownRecipient' },
    ])
    const [, second, third] = answer.accounts
    expect(second).not.toHaveProperty('entry.opened.list')
    expect(third).not.toHaveProperty('entry')
    const many = Array.from({ length: 33 }, () => indexed(ada.id))
    const refused = await call('POST', '/v1/key-log/lookup', { accounts: many, pinned: 0 })
    expect(refused.body.error?.code).toBe('malformed')
  })

  it('Q-8: proves that the log grew from the pinned size, and shows a smaller log to who pinned a larger one', async () => {
    const ada = await registeredMember()
    const token = await tokenOf(ada)
    const first = (await lookUp(token, ada.id)).verify()
    if (typeof first === 'string') throw new Error(first)
    await registeredMember()
    const { answer } = await lookUp(token, ada.id, first.head.size)
    expect((answer.body as { consistency?: string }).consistency).not.toBe('')
    const ahead = await lookUp(token, ada.id, 1_000_000)
    expect(ahead.answer).toMatchObject({ status: 200, body: { consistency: '' } })
  })

  it('Q-9: anybody reads checkpoint and tiles, and an auditor confirms them', async () => {
    await registeredMember()
    const read = async (path: string) => {
      const response = await exports.default.fetch(new Request(`${ORIGIN}/key-log/${path}`))
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
    }
    const trust = { origin: KEYS.origin, key: KEYS.signer.key, indexKey: KEYS.indexKey.publicKey }
    let size = 0
    for (let turn = 0; turn < 100 && size === 0; turn += 1) {
      await runDurableObjectAlarm(stub())
      await new Promise((resolve) => setTimeout(resolve, 50))
      if ((await read('checkpoint')) !== undefined) ({ size } = await auditLog(trust, read))
    }
    expect(size).toBeGreaterThan(1)
    const checkpoint = await exports.default.fetch(new Request(`${ORIGIN}/key-log/checkpoint`))
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    for (const path of ['tile/0/1', 'tile/0/00', 'tile/0/000.p/256', 'tile/x/000', 'tile/0/009', 'state'])
      expect((await call('GET', `/key-log/${path}`)).status).toBe(404)
  })

  it('a deployment without the secret keeps no log, and says so', async () => {
    const without = { env: { KEY_LOG_SECRET: undefined } as object }
    expect((await call('GET', '/v1/configuration', undefined, without)).body['keyLog']).toBeUndefined()
    expect((await call('GET', '/key-log/checkpoint', undefined, without)).status).toBe(404)
  })
})
