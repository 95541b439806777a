/**
 * Sealed sender, as the rest of the engine sees it (SPEC, "Sealed sender"). What it takes, cryptography above all, is loaded
 * when the account is first connected: until then nothing is sent, and nothing is read.
 */

import type { DeliveredEnvelope, Ephemeral } from '#protocol/frames/deliver.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import type { Accepted, Mismatch, Rejected } from '#protocol/frames/send.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Devices } from '../devices.ts'
import type { Outbox, QueueEntry } from '../outbox.ts'
import type { SealedLayer } from './layer.ts'
import { loadSealedLayer } from './load.ts'

/** What was in a seal, or why that is not known. */
export type Opened =
  | {
      readonly from: { readonly account: string; readonly device: number }
      /** Base64url. The session that decrypts the message has to be one with it. */
      readonly identityKey: string
      /** A body of the ratchet. */
      readonly message: Uint8Array
      readonly fault?: undefined
    }
  | { readonly fault: string }

/** What the sender does with answers, as with those of the socket. */
export interface LaneHooks {
  accepted(answer: Accepted): Promise<void>
  mismatch(answer: Mismatch): Promise<void>
  rejected(answer: Rejected): Promise<void>
  /** To be sent again later. */
  delay(entry: QueueEntry, atLeastMs: number | undefined): void
  /** Nothing is under way to an account any more. */
  left(account: string): void
}

export interface SealedParts {
  readonly auth: Auth
  readonly devices: Devices
  readonly outbox: Outbox
  /** What may be sent, and how, is another matter now. */
  readonly changed: () => void
  readonly lane: () => LaneHooks
}

export class Sealed {
  readonly #core: Core
  readonly #parts: SealedParts
  #layer: SealedLayer | undefined

  constructor(core: Core, parts: SealedParts) {
    this.#core = core
    this.#parts = parts
  }

  /** Absent while nothing may be sent to others: how that is done is not known yet. */
  get ready(): SealedLayer | undefined {
    return this.#layer?.isReady === true ? this.#layer : undefined
  }

  /** Whether something is under way to an account: what is next waits, so that it does not come first. */
  isBusy(account: string): boolean {
    return this.#layer?.lane.isBusy(account) === true
  }

  async #load(): Promise<SealedLayer> {
    const { SealedLayer: Layer } = await loadSealedLayer()
    if (this.#layer !== undefined) return this.#layer
    const layer = new Layer(this.#core, this.#parts)
    await layer.load()
    this.#layer ??= layer
    return this.#layer
  }

  /** Beside the frames: what has to be fetched, made or renewed. */
  async welcomed({ deliveryKeyVersion }: Welcome): Promise<void> {
    const layer = await this.#load()
    layer.connected(deliveryKeyVersion ?? 0)
    this.#parts.changed()
  }

  disconnected(): void {
    this.#layer?.disconnected()
  }

  /** The account's delivery key was changed. */
  keyChanged(): void {
    this.#layer?.follow()
  }

  /** Opens those of a page that do not say who sent them. */
  async open<T extends DeliveredEnvelope | Ephemeral['items'][number]>(items: readonly T[]): Promise<Map<T, Opened>> {
    const opened = new Map<T, Opened>()
    const closed = items.filter(({ from }) => from === undefined)
    if (closed.length === 0) return opened
    const layer = await this.#load()
    for (const item of closed) opened.set(item, await layer.opener.open(item, !('seq' in item)))
    return opened
  }
}
