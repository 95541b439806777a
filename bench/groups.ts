/**
 * How fast a group's message reaches its members: `node bench/groups.ts [accounts …]`. The Worker as it ships, in workerd,
 * with members of one device each on real sockets, all connected or a tenth of them. No MLS: a relay does not look into
 * messages. Times are in milliseconds, from the request to the last member's socket; load and relay share the machine.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import { groupSendSigningInput } from '#protocol/groups/signing.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { type FanOutCosts, fanOutCosts } from './fan-out-costs.ts'
import { Device, prepareRegistration } from './load/device.ts'
import { cpuSeconds, describeMachine } from './machine.ts'
import { startPostgres, startRelay } from './parts.ts'
import { quantile } from './statistics.ts'

const SIZES = [10, 100, 1_000]
const MESSAGES = 20
/** About what a text of 300 octets becomes. */
const BODY = 430
/** Registrations and connections at once. */
const AT_ONCE = 16

interface Figures extends FanOutCosts {
  readonly accounts: number
  readonly connected: number
  /** To the answer, and to the first and last member: medians over the messages. */
  readonly accepted: number
  readonly first: number
  readonly last: number
  readonly lastP95: number
  /** Milliseconds of workerd's processor time for each message. */
  readonly processor: number
  /** Octets of JSON that the sockets got, for each message. */
  readonly octets: number
}

const draw = () => toBase64url(randomBytes(16))

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  }
  return results
}

async function newSendKey() {
  const { publicKey, privateKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  return { privateKey, publicKey: toBase64url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))) }
}

/** A group of these accounts' devices, in the epoch that it ends up in. */
async function foundGroup(devices: readonly Device[]) {
  const [owner, ...others] = devices
  if (owner === undefined) throw new Error('a group of nobody')
  const group = draw()
  let key = await newSendKey()
  await owner.call(ROUTES.createGroup, { group, suite: 1, sendKey: key.publicKey, policy: { add: 'admin' } })
  let epoch = 0
  for (let at = 0; at < others.length; at += LIMITS.groupDevicesPerCommit) {
    key = await newSendKey()
    const add = others.slice(at, at + LIMITS.groupDevicesPerCommit).map(({ account }) => ({ account, device: 1 }))
    await owner.call(ROUTES.commitToGroup, {
      group,
      messageId: draw(),
      epoch,
      body: toBase64url(randomBytes(200)),
      change: { ...NO_CHANGE, add },
      sendKey: key.publicKey,
      welcome: toBase64url(randomBytes(200)),
    })
    epoch += 1
  }
  return { group, epoch, key: key.privateKey, owner }
}

async function signed(group: string, epoch: number, key: CryptoKey) {
  const messageId = draw()
  const body = randomBytes(BODY)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  const input = groupSendSigningInput(group, epoch, messageId, false, hash)
  const proof = toBase64url(new Uint8Array(await crypto.subtle.sign('Ed25519', key, input)))
  return { messageId, epoch, body: toBase64url(body), proof }
}

async function measure(port: number, pid: number, accounts: number, connected: number): Promise<Figures> {
  const devices = await inBatches(Array.from({ length: accounts }), async () => {
    const device = await Device.register(port, await prepareRegistration(0))
    await device.logIn()
    return device
  })
  const { group, epoch, key, owner } = await foundGroup(devices)
  const online = devices.slice(0, connected)
  await inBatches(online, async (device) => {
    await device.open()
    await device.greet()
    await device.call(ROUTES.fetchGroup, { group, after: 0 })
  })
  let octets = 0
  const waiting = new Map<string, { left: number; first: number; last: number; done: () => void }>()
  for (const device of online) {
    device.onFrame = (frame) => {
      if (frame.type !== 'groupEntries') return
      octets += JSON.stringify(frame).length
      for (const { messageId } of frame.items) {
        const waits = waiting.get(messageId)
        if (waits === undefined) continue
        waits.first ||= performance.now()
        waits.last = performance.now()
        waits.left -= 1
        if (waits.left === 0) waits.done()
      }
    }
  }
  const times: { accepted: number; first: number; last: number }[] = []
  let cpu = 0
  for (let at = -2; at < MESSAGES; at += 1) {
    const message = await signed(group, epoch, key)
    const { promise, resolve } = Promise.withResolvers<void>()
    const waits = { left: online.length, first: 0, last: 0, done: resolve }
    waiting.set(message.messageId, waits)
    // The first ones find out who is away, and warm up.
    if (at === 0) {
      octets = 0
      cpu = cpuSeconds(pid) ?? 0
    }
    const startedAt = performance.now()
    await owner.call(ROUTES.sendToGroup, { group, messages: [message] })
    const accepted = performance.now() - startedAt
    await promise
    if (at >= 0) times.push({ accepted, first: waits.first - startedAt, last: waits.last - startedAt })
  }
  cpu = (cpuSeconds(pid) ?? 0) - cpu
  for (const device of online) device.close()
  const median = (of: (time: (typeof times)[number]) => number, p = 0.5) => quantile(times.map(of), p)
  return {
    accounts,
    connected,
    accepted: median(({ accepted }) => accepted),
    first: median(({ first }) => first),
    last: median(({ last }) => last),
    lastP95: median(({ last }) => last, 0.95),
    processor: (cpu * 1_000) / MESSAGES,
    octets: octets / MESSAGES,
    ...(await fanOutCosts(accounts, connected)),
  }
}

const sizes = process.argv.slice(2).map(Number)
const folder = await mkdtemp(join(tmpdir(), 'silentrelay-groups-'))
const machine = describeMachine()
const postgres = await startPostgres(folder)
const relay = await startRelay(folder, postgres, { name: 'relay', persistAfterS: 30 })
try {
  const figures: Figures[] = []
  for (const accounts of sizes.length > 0 ? sizes : SIZES) {
    for (const connected of [accounts, Math.max(1, Math.round(accounts / 10))]) {
      const one = await measure(relay.port, relay.pid, accounts, connected)
      figures.push(one)
      process.stdout.write(
        `${Object.entries(one)
          .map(
            ([name, value]: [string, number]) =>
              `${name} ${value.toFixed(Number.isInteger(value) || name === 'octets' ? 0 : 1)}`,
          )
          .join(', ')}\n`,
      )
    }
  }
  const result = { at: new Date().toISOString(), command: 'node bench/groups.ts', machine, figures }
  await writeFile(new URL('results/groups.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`)
} finally {
  await relay.close()
  await postgres.close()
  await rm(folder, { recursive: true, force: true })
}
