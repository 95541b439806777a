// eslint-disable-next-line import/no-unassigned-import -- its effect is what is wanted: IndexedDB in the global scope
import 'fake-indexeddb/auto'
import { deleteDB } from 'idb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { pad } from '#protocol/content/padding.ts'
import { drawMessageId } from '#sdk/session/message-id.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { noteSigner } from '#protocol/merkle/notes/sign.ts'
import { FakeKeyLog } from '#sdk/session/testing/fake-key-log.ts'
import { FakeRelay } from '#sdk/session/testing/fake-relay.ts'
import { MovedClock } from '#sdk/session/testing/moved-clock.ts'
import { nullCipher } from '#sdk/session/testing/null-cipher.ts'
import { keyDatabaseName } from './keys/key-database.ts'
import { changeIdentity } from './testing/identity.ts'
import { Profile, type Started, until, words } from './testing/profiles.ts'

let relay: FakeRelay
let open: Started[]
beforeEach(() => {
  relay = new FakeRelay()
  open = []
})
afterEach(async () => {
  for (const { host } of open) await host.stop()
})

async function person(name: string, profile = new Profile(relay)) {
  const started = await profile.person(name)
  open.push(started)
  return started
}
async function start(profile: Profile) {
  const started = await profile.start()
  open.push(started)
  return started
}
const all = async ({ api }: Started, id: string) => words((await api.timeline(id, { limit: 500 })).items)

describe('a profile', () => {
  it('is new, is registered, and is ready after a restart with what it had', async () => {
    const profile = new Profile(relay)
    const first = await profile.start()
    expect(first.screen.phase).toEqual({ phase: 'new' })
    await first.api.register({ username: 'ada', name: 'Ada' })
    await until(() => first.screen.connection === 'online')
    expect(first.screen.profile).toMatchObject({ username: 'ada', name: 'Ada', appLock: 'none' })
    const recoveryKey = await first.api.recoveryKey()
    await first.host.stop()
    const second = await start(profile)
    expect(second.screen.profile).toMatchObject({ username: 'ada', name: 'Ada', recoveryConfirmed: false })
    expect(await second.api.recoveryKey()).toBe(recoveryKey)
    expect(await second.api.confirmRecoveryKey('0000')).toBe(false)
    expect(await second.api.confirmRecoveryKey(recoveryKey.slice(-4).toLowerCase())).toBe(true)
    await until(() => second.screen.profile.recoveryConfirmed)
  })

  it('is told what is wrong with the key log, after a restart too', async () => {
    relay.keyLog = new FakeKeyLog()
    const profile = new Profile(relay)
    const first = await profile.person('ada')
    await until(async () => (await first.api.trust(first.id)).own.log !== undefined)
    relay.keyLog = undefined
    await first.host.stop()
    const second = await start(profile)
    await until(() => second.screen.alarms.length > 0)
    expect(second.screen.alarms).toEqual(['logGone'])
    await second.host.stop()
    relay.faults.isDown = () => true
    const third = await start(profile)
    expect(third.screen.alarms).toEqual(['logGone'])
  })

  it('is told that messages wait for a proof of somebody’s keys, until it is there', async () => {
    const log = new FakeKeyLog()
    relay.keyLog = log
    const [ada, bob] = [await person('ada'), await person('bob')]
    const honest = log.answers
    log.answers = (answer, request) => (request.account === bob.id ? undefined : answer)
    await ada.api.sendText(bob.id, 'hello', [], drawMessageId())
    await until(() => ada.screen.unproven === 1)
    expect(ada.screen.alarms).toEqual([])
    log.answers = honest
    await until(() => ada.screen.unproven === 0)
    await until(async () => (await all(bob, ada.id)).includes('hello'))
  })

  it('answers why a contact is trusted, and requires a witness only by its key', async () => {
    relay.keyLog = new FakeKeyLog()
    const [ada, bob] = [await person('ada'), await person('bob')]
    expect((await ada.api.trust(bob.id)).contact.state).toBe('unknown')
    await ada.api.sendText(bob.id, 'hello', [], drawMessageId())
    await until(async () => (await all(bob, ada.id)).includes('hello'))
    const { contact, own } = await ada.api.trust(bob.id)
    const head = { size: 4, root: expect.stringMatching(/^[\w-]{43}$/) as string }
    expect(contact).toMatchObject({ state: 'proven', version: 1, size: 4, log: { head, witnesses: [] } })
    expect(own).toMatchObject({ state: 'proven', version: 1 })
    expect(contact.log?.head?.checkpoint).toContain('relay.example/keys\n4\n')
    await expect(ada.api.chooseWitness('nonsense', true)).rejects.toEqual({ code: 'contentInvalid' })
    const key = formatVerifierKey(noteSigner('witness.example', 'cosignature', new Uint8Array(32).fill(2)).key)
    await ada.api.chooseWitness(key, true)
    expect((await ada.api.trust(bob.id)).contact.log?.witnesses).toMatchObject([{ key, isChosen: true }])
  })

  it('says why a call failed, as plain data', async () => {
    const ada = await person('ada')
    await expect(ada.api.openByUsername('nobody')).rejects.toEqual({ code: 'usernameNotFound' })
    await expect(ada.api.openByAccount('not an account')).rejects.toEqual({ code: 'unknownRecipient' })
    await expect(ada.api.sendText('AAAAAAAAAAAAAAAAAAAAAA', '', [], drawMessageId())).rejects.toEqual({
      code: 'contentInvalid',
    })
    relay.faults.isDown = () => true
    await expect(ada.api.openByUsername('bob')).rejects.toEqual({ code: 'offline' })
  })

  it('locked, keeps and tells nothing until it is unlocked by passphrase or recovery key', async () => {
    const profile = new Profile(relay)
    const [ada, bob] = [await person('ada', profile), await person('bob')]
    await ada.api.sendText(bob.id, 'hello', [], drawMessageId())
    const recoveryKey = await ada.api.recoveryKey()
    await ada.api.setAppLock({ lock: 'passphrase', passphrase: 'blizzard' })
    await until(() => ada.screen.profile.appLock === 'passphrase')
    await ada.api.lock()
    expect(ada.screen.phase).toEqual({ phase: 'locked', lock: 'passphrase' })
    expect(ada.host.snapshot()).toEqual([{ type: 'phase', phase: { phase: 'locked', lock: 'passphrase' } }])
    await expect(ada.api.timeline(bob.id, { limit: 1 })).rejects.toEqual({ code: 'locked' })
    await expect(ada.api.unlock({ by: 'passphrase', passphrase: 'blizard' })).rejects.toEqual({
      code: 'wrongPassphrase',
    })
    await ada.api.unlock({ by: 'passphrase', passphrase: 'blizzard' })
    expect(await all(ada, bob.id)).toEqual(['hello'])
    await ada.host.stop()
    const again = await start(profile)
    expect(again.screen.phase).toEqual({ phase: 'locked', lock: 'passphrase' })
    await expect(again.api.unlock({ by: 'recoveryKey', recoveryKey: 'A' })).rejects.toEqual({
      code: 'wrongRecoveryKey',
    })
    await again.api.unlock({ by: 'recoveryKey', recoveryKey })
    await until(() => again.screen.connection === 'online')
    expect(again.screen.row(bob.id).preview?.text).toBe('hello')
  })

  it('without an app lock, stays open when it is told to lock', async () => {
    const ada = await person('ada')
    await ada.api.lock()
    expect(ada.screen.phase.phase).toBe('ready')
  })

  it('whose stores were evicted in part, says so', async () => {
    const profile = new Profile(relay)
    const first = await profile.person('ada')
    await first.host.stop()
    await deleteDB(keyDatabaseName(profile.name))
    const second = await start(profile)
    expect(second.screen.phase).toEqual({ phase: 'failed', code: 'storageLost' })
  })
})

describe('conversations', () => {
  it('show what is exchanged: items, states, unread, preview', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')]
    const id = await ada.api.openByUsername('@Bob')
    expect(id).toBe(bob.id)
    await until(() => ada.screen.rows.has(bob.id))
    expect(ada.screen.row(bob.id)).toMatchObject({ username: 'bob', lastAt: 0, unread: 0 })
    await ada.api.sendText(id, 'hello', [{ start: 0, length: 5, style: 'bold' }], drawMessageId())
    await until(() => bob.screen.rows.get(ada.id)?.unread === 1 && ada.screen.row(id).preview?.state === 'delivered')
    await until(() => bob.screen.row(ada.id).name === 'ADA')
    expect(bob.screen.row(ada.id)).toMatchObject({
      username: 'ada',
      preview: { text: 'hello', outgoing: false, kind: 'text', state: 'received' },
    })
    await bob.api.markRead(ada.id)
    await until(() => bob.screen.row(ada.id).unread === 0 && ada.screen.row(id).preview?.state === 'read')
    expect(ada.screen.queued).toBe(0)
  })

  it('count what is queued while the relay is away, and after a restart', async () => {
    const profile = new Profile(relay)
    const [ada, bob] = [await person('ada', profile), await person('bob')]
    relay.faults.isDown = () => true
    relay.drop()
    for (const body of ['one', 'two']) await ada.api.sendText(bob.id, body, [], drawMessageId())
    await until(() => ada.screen.queued === 2)
    await ada.host.stop()
    const again = await start(profile)
    expect(again.screen.queued).toBe(2)
    relay.faults.isDown = () => false
    again.host.networkAvailable()
    await until(() => again.screen.queued === 0)
    await until(async () => (await all(bob, ada.id)).length === 2)
  })

  it('keep draft, pin, mute and archive over a restart; writing to somebody ends the draft', async () => {
    const profile = new Profile(relay)
    const [first, bob] = [await person('ada', profile), await person('bob')]
    await first.api.openByAccount(bob.id)
    const draftStyles = [{ start: 0, length: 4, style: 'bold' }] as const
    await first.api.saveDraft(bob.id, 'half a thou', draftStyles)
    await first.api.setPinned(bob.id, true)
    await first.api.setArchived(bob.id, true)
    await first.api.setMuted(bob.id, null)
    await first.host.stop()
    const ada = await start(profile)
    expect(ada.screen.row(bob.id)).toMatchObject({
      draft: 'half a thou',
      draftStyles,
      pinned: true,
      archived: true,
      mutedUntil: null,
    })
    await ada.api.setMuted(bob.id, undefined)
    await ada.api.setPinned(bob.id, false)
    await ada.api.sendText(bob.id, 'half a thought', [], drawMessageId())
    await until(() => ada.screen.row(bob.id).draft === undefined && !ada.screen.row(bob.id).pinned)
    for (const part of ['mutedUntil', 'draftStyles']) expect(ada.screen.row(bob.id)).not.toHaveProperty(part)
  })

  it('in the archive come back with a message, unless they are muted', async () => {
    const [ada, bob, eve] = [await person('ada'), await person('bob'), await person('eve')]
    for (const id of [bob.id, eve.id]) {
      await ada.api.openByAccount(id)
      await ada.api.setArchived(id, true)
    }
    await ada.api.setMuted(eve.id, null)
    for (const other of [bob, eve]) await other.api.sendText(ada.id, 'hi', [], drawMessageId())
    await until(() => [bob, eve].every(({ id }) => ada.screen.row(id).preview?.text === 'hi'))
    expect([ada.screen.row(bob.id).archived, ada.screen.row(eve.id).archived]).toEqual([false, true])
  })

  it('hold back what is sent to a changed key, are no longer verified when it is accepted, and say both', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')]
    await ada.api.sendText(bob.id, 'hello', [], drawMessageId())
    await until(async () => (await all(bob, ada.id)).length === 1)
    expect(await ada.api.safetyNumber(bob.id)).toEqual(await bob.api.safetyNumber(ada.id))
    await ada.api.setVerified(bob.id, true)
    await until(() => ada.screen.row(bob.id).verified)
    await bob.host.stop()
    await changeIdentity(relay.account(bob.id))
    await ada.api.sendText(bob.id, 'secret', [], drawMessageId())
    await until(() => ada.screen.row(bob.id).identityChanged && ada.screen.row(bob.id).preview?.state === 'blocked')
    expect(await all(ada, bob.id)).toEqual(['hello', 'secret', 'identityChanged'])
    expect([ada.screen.queued, ada.screen.row(bob.id).verified]).toEqual([0, true])
    await ada.api.acceptIdentity(bob.id)
    await until(() => ada.screen.row(bob.id).preview?.state === 'sent')
    expect(ada.screen.row(bob.id)).toMatchObject({ identityChanged: false, verified: false })
    expect(await all(ada, bob.id)).toEqual(['hello', 'secret', 'identityChanged', 'identityAccepted'])
  })

  it('tell of a message that cannot be read, until it comes after all', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')]
    await ada.api.sendText(bob.id, 'hello', [], drawMessageId())
    await until(async () => (await all(bob, ada.id)).length === 1)
    await bob.host.stop()
    // What waits for Bob is damaged on its way.
    const inbox = relay.account(bob.id).inbox(1)
    const before = inbox.history.length
    await ada.api.sendText(bob.id, 'damaged', [], drawMessageId())
    await until(() => inbox.history.length > before)
    for (const item of inbox.items) item.body = `${item.body.slice(0, -8)}AAAAAAAA`
    await bob.host.start()
    const shown = () => words(bob.screen.items.get(ada.id) ?? [])
    await until(() => shown().includes('undecryptable'))
    await until(() => shown().includes('damaged'))
    // Gone from what tabs show already, and from what they read.
    await until(() => !shown().includes('undecryptable'))
    expect(await all(bob, ada.id)).toEqual(['hello', 'damaged'])
  })
})

describe('timelines', () => {
  it('come in pages that neither miss nor repeat anything', async () => {
    const [ada, bob] = [await person('ada'), await person('bob')]
    for (let at = 1; at <= 25; at += 1) await ada.api.sendText(bob.id, `m${at}`, [], drawMessageId())
    const seen: string[] = []
    let before: number | undefined
    for (;;) {
      const page = await ada.api.timeline(bob.id, { limit: 10, ...(before === undefined ? {} : { before }) })
      seen.unshift(...words(page.items))
      before = page.items[0]?.order
      if (!page.more) break
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => `m${at + 1}`))
    const newer = await ada.api.timeline(bob.id, { after: 23, limit: 10 })
    expect(words(newer.items)).toEqual(['m24', 'm25'])
  })
})

describe('messages that disappear', () => {
  const ANN = { account: toBase64url(utf8('ann of the tests')), device: 1 }

  /** Puts a text into somebody's inbox, and lets them fetch it. */
  function deposit(to: string, body: string, timer?: number): void {
    const account = relay.account(to)
    const content = { kind: 'text', body, ...(timer === undefined ? {} : { timer }) }
    const octets = toBase64url(Uint8Array.of(1, ...pad(utf8(JSON.stringify(content)))))
    const envelopes = account.list.devices.map(({ id, registrationId }) => ({
      device: id,
      registrationId,
      body: octets,
    }))
    const message = { messageId: drawMessageId(), to, deviceListVersion: 1, envelopes }
    account.deposit(ANN, message, Date.now(), () => undefined)
    relay.drop(to)
  }

  it('go from tabs, timelines and the list, also when they fall due while no host runs', async () => {
    const clock = new MovedClock()
    const profile = new Profile(relay, { timers: clock, cipher: nullCipher })
    const bob = await person('bob', profile)
    deposit(bob.id, 'this stays')
    deposit(bob.id, 'this goes', 60)
    await until(() => bob.screen.rows.get(ANN.account)?.preview?.text === 'this goes')
    await bob.api.markRead(ANN.account)
    clock.advance(60_000)
    await until(() => bob.screen.row(ANN.account).preview?.text === 'this stays')
    expect(await all(bob, ANN.account)).toEqual(['this stays'])
    expect(words(bob.screen.items.get(ANN.account) ?? [])).toEqual(['this stays'])
    deposit(bob.id, 'this goes too', 60)
    await until(() => bob.screen.row(ANN.account).preview?.text === 'this goes too')
    await bob.api.markRead(ANN.account)
    await bob.host.stop()
    clock.advance(60_000)
    const again = await start(profile)
    expect(again.screen.row(ANN.account)).toMatchObject({ preview: { text: 'this stays' }, unread: 0 })
    expect(await all(again, ANN.account)).toEqual(['this stays'])
  })
})
