import { expect, it } from 'vitest'
import { RATES } from '../rates/table.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { testAccount } from '../testing/accounts.ts'
import { relayFor } from '../testing/relays.ts'
import { Relay } from './relay.ts'

const { burst, everyMs } = RATES.newRecipientsPerAccount

it('S-16: an account begins to write to so many at once, and goes on with those that it wrote to', async () => {
  const relay = relayFor(await testAccount())
  for (let at = 0; at < burst; at += 1) expect(relay.newRecipients.take(`account ${at}`, 1_000).allowed).toBe(true)
  expect(relay.newRecipients.take('one more', 1_000)).toMatchObject({ allowed: false, retryAfterMs: everyMs })
  expect(relay.newRecipients.take('account 7', 1_000).allowed).toBe(true)
  expect(relay.newRecipients.take('one more', 1_000 + everyMs).allowed).toBe(true)
})

it('S-16: eviction gives nothing back, and nobody who was written to is in storage', async () => {
  const sql = nodeSql()
  const relay = relayFor(await testAccount(), sql)
  for (let at = 0; at < burst; at += 1) relay.newRecipients.take(`account ${at}`, 1_000)
  const woken = new Relay(sql)
  expect(woken.newRecipients.take('one more', 1_000).allowed).toBe(false)
  expect(sql.exec('SELECT rate, who FROM buckets')).toEqual([{ rate: 'newRecipientsPerAccount', who: '' }])
})
