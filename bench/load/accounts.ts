/** The measures that only the relay has: an inbox that waited, and what an account's life begins with. */

import { newMessageId, nextBody } from './body.ts'
import { Device, prepareRegistration } from './device.ts'
import { connectedDevice } from './relay.ts'

export interface Drain {
  readonly envelopes: number
  /** Milliseconds from `hello` to the first page. */
  readonly firstPage: number
  /** Milliseconds from `hello` to `caughtUp`. */
  readonly total: number
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** Fills the inbox of a device that is offline, then connects it. Each page is acknowledged as it comes. */
export async function drainInbox({ port, envelopes }: { port: number; envelopes: number }): Promise<Drain> {
  // Nobody fills more than half of an inbox.
  const senders = [await connectedDevice(port), await connectedDevice(port)]
  const recipient = await Device.register(port, await prepareRegistration(0))
  await recipient.logIn()
  for (const sender of senders) await fill(sender, recipient, envelopes / senders.length)
  await recipient.open()
  const startedAt = performance.now()
  let firstPage = 0
  let received = 0
  await recipient.greet((frame) => {
    if (frame.type !== 'envelopes') return
    if (received === 0) firstPage = performance.now() - startedAt
    received += frame.items.length
    recipient.send({ type: 'ack', upTo: frame.items.at(-1)?.seq ?? 0 })
  })
  const total = performance.now() - startedAt
  if (received !== envelopes) throw new Error(`${received} of ${envelopes} envelopes came`)
  for (const sender of senders) sender.close()
  recipient.close()
  return { envelopes, firstPage, total }
}

async function fill(sender: Device, { account: to, registrationId }: Device, envelopes: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  let left = envelopes
  let waiting = 0
  const next = () => {
    const count = Math.min(64, left)
    left -= count
    waiting = count
    sender.send({
      type: 'send',
      messages: Array.from({ length: count }, () => ({
        messageId: newMessageId(),
        to,
        deviceListVersion: 1,
        envelopes: [{ device: 1, registrationId, body: nextBody() }],
      })),
    })
  }
  sender.onFrame = (frame) => {
    if (frame.type !== 'accepted') return reject(new Error(`not accepted: ${frame.type}`))
    waiting -= frame.messageIds.length
    if (waiting > 0) return
    if (left > 0) next()
    else resolve(undefined)
  }
  next()
  await promise
}

/** Registrations with a full upload of one-time prekeys, one after the other, and milliseconds of each. */
export async function registerSome(port: number, count: number): Promise<{ made: Device[]; times: number[] }> {
  const made: Device[] = []
  const times: number[] = []
  for (let at = 0; at < count; at += 1) {
    const registration = await prepareRegistration(100)
    times.push(await timed(async () => made.push(await Device.register(port, registration))))
  }
  return { made, times }
}

/** Milliseconds from asking for a challenge to the token. */
export async function logInSome(devices: readonly Device[]): Promise<number[]> {
  const times: number[] = []
  for (const device of devices) times.push(await timed(() => device.logIn()))
  return times
}

/** Milliseconds from asking for a ticket to `caughtUp`. */
export async function openSockets(devices: readonly Device[]): Promise<number[]> {
  const times: number[] = []
  for (const device of devices) {
    const open = async () => {
      await device.open()
      await device.greet()
    }
    times.push(await timed(open))
    device.close()
  }
  return times
}
