/** Pairs of accounts on the relay. */

import type { DownFrame } from '#protocol/frames/down.ts'
import { Device, prepareRegistration } from './device.ts'
import { NOBODY, type Pair } from './pair.ts'

/** A client may acknowledge cumulatively: so do ours, every so many messages. */
export const ACK_EVERY = 8

class RelayPair implements Pair {
  events = NOBODY
  readonly #sender: Device
  readonly #recipient: Device
  #unacknowledged = 0

  constructor(sender: Device, recipient: Device) {
    this.#sender = sender
    this.#recipient = recipient
    sender.onFrame = (frame) => {
      if (frame.type === 'accepted') this.events.accepted(frame.messageIds)
      else throw new Error(`unexpected on the sender's socket: ${frame.type}`)
    }
    recipient.onFrame = (frame) => this.#receive(frame)
  }

  send(messages: readonly { readonly messageId: string; readonly body: string }[]): void {
    const { account: to, registrationId } = this.#recipient
    this.#sender.send({
      type: 'send',
      messages: messages.map(({ messageId, body }) => ({
        messageId,
        to,
        deviceListVersion: 1,
        envelopes: [{ device: 1, registrationId, body }],
      })),
    })
  }

  close(): void {
    this.#acknowledge()
    this.#sender.close()
    this.#recipient.close()
  }

  #receive(frame: DownFrame): void {
    if (frame.type === 'caughtUp') return
    if (frame.type !== 'envelopes') throw new Error(`unexpected on the recipient's socket: ${frame.type}`)
    for (const { seq, messageId } of frame.items) {
      if (seq !== this.#recipient.lastSeq + 1) throw new Error(`seq ${seq} after ${this.#recipient.lastSeq}`)
      this.#recipient.lastSeq = seq
      this.events.delivered(messageId)
    }
    this.#unacknowledged += frame.items.length
    if (this.#unacknowledged >= ACK_EVERY) this.#acknowledge()
  }

  #acknowledge(): void {
    this.#unacknowledged = 0
    this.#recipient.send({ type: 'ack', upTo: this.#recipient.lastSeq })
  }
}

/** A device that is registered, logged in and caught up. */
export async function connectedDevice(port: number, sealingKey?: string): Promise<Device> {
  const device = await Device.register(port, await prepareRegistration(0, sealingKey))
  await device.logIn()
  await device.open()
  await device.greet()
  return device
}

/** Two new accounts. */
export async function openRelayPair(port: number): Promise<Pair> {
  return new RelayPair(await connectedDevice(port), await connectedDevice(port))
}
