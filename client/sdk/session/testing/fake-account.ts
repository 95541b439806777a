/** One account on the relay of tests: devices, prekeys and inboxes, by the rules of the wire. */

import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type DeviceList, type SignedDeviceList, parseDeviceList } from '#protocol/device-list.ts'
import type { DeliveredEnvelope, Gap } from '#protocol/frames/deliver.ts'
import type { Mismatch, OutgoingMessage, Rejected } from '#protocol/frames/send.ts'
import type { OneTimePrekey, PrekeyBundle, PrekeyStatus, PrekeyUpload, SignedPrekey } from '#protocol/prekeys.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { hintOfBody, sealingKeyHint } from '#protocol/sealed/envelope.ts'

interface DevicePrekeys {
  signed: SignedPrekey | undefined
  readonly oneTime: OneTimePrekey[]
  highest: number
}

interface Inbox {
  lastSeq: number
  items: DeliveredEnvelope[]
  /** Everything that was ever accepted for the device, for tests to compare with. */
  readonly history: { readonly from: DeviceAddress | undefined; readonly messageId: string }[]
}

export type Outcome = { readonly accepted: string } | { readonly frame: Mismatch | Rejected }

export class FakeAccount {
  readonly id: string
  signed: SignedDeviceList
  list: DeviceList
  incarnation = toBase64url(randomBytes(16))
  readonly username: string | undefined
  readonly #prekeys = new Map<number, DevicePrekeys>()
  readonly #inboxes = new Map<number, Inbox>()
  #seen = new Map<string, string>()
  /** Every one-time prekey that was handed out, to see that none is twice. */
  readonly handedOut: string[] = []

  constructor(id: string, signed: SignedDeviceList, username: string | undefined) {
    const list = parseDeviceList(signed)
    if (list === undefined) throw new Error('not a device list')
    this.id = id
    this.signed = signed
    this.list = list
    this.username = username
  }

  inbox(device: number): Inbox {
    let inbox = this.#inboxes.get(device)
    if (inbox === undefined) this.#inboxes.set(device, (inbox = { lastSeq: 0, items: [], history: [] }))
    return inbox
  }

  /** `false` when the list is not the next one. */
  replaceList(signed: SignedDeviceList): boolean {
    const list = parseDeviceList(signed)
    if (list === undefined) return false
    if (signed.bytes === this.signed.bytes) return true
    if (list.version !== this.list.version + 1) return false
    this.signed = signed
    this.list = list
    return true
  }

  upload(device: number, { signedPrekey, oneTimePrekeys }: PrekeyUpload): PrekeyStatus {
    const prekeys = this.#prekeysOf(device)
    if (signedPrekey !== undefined) prekeys.signed = signedPrekey
    for (const key of oneTimePrekeys) {
      if (key.id <= prekeys.highest) continue
      prekeys.oneTime.push(key)
      prekeys.highest = key.id
    }
    return this.status(device)
  }

  status(device: number): PrekeyStatus {
    const { signed, oneTime, highest } = this.#prekeysOf(device)
    return {
      ...(signed === undefined ? {} : { signedPrekeyId: signed.id }),
      oneTimeCount: oneTime.length,
      highestOneTimeId: highest,
    }
  }

  /** Whether this very message was stored before. */
  knows(from: DeviceAddress | undefined, { messageId, envelopes }: OutgoingMessage): boolean {
    return this.#seen.get(messageId) === JSON.stringify([from, envelopes])
  }

  /** Stores a message for all devices, or says why not. `stored` hears of each new envelope. */
  deposit(
    from: DeviceAddress | undefined,
    message: OutgoingMessage,
    now: number,
    stored: (device: number, item: DeliveredEnvelope) => void,
  ): Outcome {
    const { messageId, envelopes } = message
    const hash = JSON.stringify([from, envelopes])
    const seen = message.ephemeral === true ? undefined : this.#seen.get(messageId)
    if (seen !== undefined) {
      if (seen === hash) return { accepted: messageId }
      return { frame: { type: 'rejected', messageId, code: 'messageIdReused' } }
    }
    const devices = this.list.devices.filter(({ id }) => from?.account !== this.id || id !== from.device)
    const made = new Map(envelopes.map((envelope) => [envelope.device, envelope]))
    const missing = devices.filter(({ id }) => !made.has(id)).map(({ id }) => id)
    const stale = devices.filter(
      ({ id, registrationId, sealingKey }) =>
        (made.get(id)?.registrationId ?? registrationId) !== registrationId ||
        (from === undefined && !isSealedTo(sealingKey, made.get(id)?.body)),
    )
    const extra = envelopes.filter(({ device }) => !devices.some(({ id }) => id === device)).map(({ device }) => device)
    if (missing.length + stale.length + extra.length > 0) {
      const staleIds = stale.map(({ id }) => id)
      // Whose sealing key alone is another one has its session still.
      const reset = stale.filter(({ id, registrationId }) => made.get(id)?.registrationId !== registrationId)
      const bundles = [...missing, ...reset.map(({ id }) => id)].flatMap((device) => this.#bundle(device))
      const deviceList = this.signed
      return {
        frame: { type: 'mismatch', messageId, to: this.id, missing, extra, stale: staleIds, deviceList, bundles },
      }
    }
    if (message.ephemeral !== true) this.#seen.set(messageId, hash)
    for (const { device, body } of envelopes) {
      const inbox = this.inbox(device)
      if (message.ephemeral === true) {
        stored(device, { seq: 0, messageId, ...(from && { from }), at: now, body })
        continue
      }
      inbox.lastSeq += 1
      const item = { seq: inbox.lastSeq, messageId, ...(from && { from }), at: now, body }
      inbox.items.push(item)
      inbox.history.push({ from, messageId })
      stored(device, item)
    }
    return { accepted: messageId }
  }

  acknowledge(device: number, upTo: number): void {
    const inbox = this.inbox(device)
    inbox.items = inbox.items.filter(({ seq }) => seq > upTo)
  }

  /** What a restored object is: inboxes numbered anew, prekeys and the memory of message ids gone. */
  loseStorage(): Gap {
    this.incarnation = toBase64url(randomBytes(16))
    this.#prekeys.clear()
    this.#seen = new Map()
    for (const inbox of this.#inboxes.values()) {
      inbox.items = inbox.items.map((item, at) => ({ ...item, seq: at + 1 }))
      inbox.lastSeq = inbox.items.length
    }
    return { type: 'gap', from: 0, to: 0, reason: 'storageLost' }
  }

  #bundle(device: number): PrekeyBundle[] {
    const prekeys = this.#prekeysOf(device)
    const registrationId = this.list.devices.find(({ id }) => id === device)?.registrationId
    if (prekeys.signed === undefined || registrationId === undefined) return []
    const oneTimePrekey = prekeys.oneTime.shift()
    if (oneTimePrekey !== undefined) this.handedOut.push(oneTimePrekey.publicKey)
    return [
      {
        device,
        registrationId,
        signedPrekey: prekeys.signed,
        ...(oneTimePrekey === undefined ? {} : { oneTimePrekey }),
      },
    ]
  }

  #prekeysOf(device: number): DevicePrekeys {
    let prekeys = this.#prekeys.get(device)
    if (prekeys === undefined) this.#prekeys.set(device, (prekeys = { signed: undefined, oneTime: [], highest: 0 }))
    return prekeys
  }
}

function isSealedTo(sealingKey: string | undefined, body: string | undefined): boolean {
  if (body === undefined) return true
  return sealingKey !== undefined && hintOfBody(body) === toBase64url(sealingKeyHint(fromBase64url(sealingKey)))
}
