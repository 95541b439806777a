/** Makes the envelopes of a queued message: one for each device of its recipient, each encrypted exactly once. */

import * as v from 'valibot'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { encodeContent } from '#protocol/content/codec.ts'
import { KnownContent } from '#protocol/content/content.ts'
import type { ToldHead } from '#protocol/content/head.ts'
import type { DeviceList } from '#protocol/device-list.ts'
import type { Envelope } from '#protocol/frames/send.ts'
import type { PrekeyBundle } from '#protocol/prekeys.ts'
import type { Json } from '../store/store.ts'
import type { Cipher } from './cipher.ts'
import type { Draft } from './draft.ts'
import { DraftReader, applyChanges } from './ratchet.ts'
import { type Account, sessionKey, sessionRecord } from './records.ts'

/** The head that an account is to be told, which then counts as told. */
export type TellHead = (account: string) => Promise<ToldHead | undefined>

export interface Sealed {
  readonly deviceListVersion: number
  readonly envelopes: Envelope[]
}

/** Encrypts within one draft: each step sees the ones before it. */
export class Sealer {
  readonly #draft: Draft
  readonly #own: Account
  readonly #cipher: Cipher
  readonly #reader: DraftReader
  readonly #tell: TellHead

  /** @param tell what is told of the key log beside the content */
  constructor(draft: Draft, own: Account, cipher: Cipher, tell: TellHead = () => Promise.resolve(undefined)) {
    this.#draft = draft
    this.#own = own
    this.#cipher = cipher
    this.#tell = tell
    this.#reader = new DraftReader(draft, own)
  }

  /** The devices that a message to `list`'s account is for: all of them, but for this one. */
  targets(list: DeviceList): DeviceList['devices'] {
    return list.devices.filter(({ id }) => list.account !== this.#own.account || id !== this.#own.device)
  }

  /** Whether every device of the list can be written to without the relay's help. */
  async isComplete(list: DeviceList): Promise<boolean> {
    for (const device of this.targets(list)) {
      if (!(await this.#isUsable(list.account, device.id, device.registrationId))) return false
    }
    return true
  }

  /**
   * Envelopes for the devices of `list`: those of `before` where the device is still the same, new ones where a session is
   * open or `bundles` lets one be started. A device with neither gets none: the relay will answer with its bundle.
   */
  async seal(
    content: Json,
    list: DeviceList | undefined,
    before: readonly Envelope[] = [],
    bundles: readonly PrekeyBundle[] = [],
  ): Promise<Sealed> {
    if (list === undefined) return { deviceListVersion: 0, envelopes: [] }
    const envelopes: Envelope[] = []
    let plaintext: Uint8Array | undefined
    for (const { id, registrationId } of this.targets(list)) {
      const made = before.find((envelope) => envelope.device === id && envelope.registrationId === registrationId)
      if (made !== undefined) {
        envelopes.push(made)
        continue
      }
      if (!(await this.#isUsable(list.account, id, registrationId))) {
        const bundle = bundles.find((offer) => offer.device === id && offer.registrationId === registrationId)
        if (bundle === undefined || !(await this.#start(list, bundle))) continue
      }
      plaintext ??= encodeContent(v.parse(KnownContent, content), await this.#tell(list.account))
      const address = { account: list.account, device: id }
      const { body, changes } = await this.#cipher.encrypt(this.#reader, address, plaintext)
      await applyChanges(this.#draft, this.#own, changes)
      envelopes.push({ device: id, registrationId, body: toBase64url(body) })
    }
    return { deviceListVersion: list.version, envelopes }
  }

  async #isUsable(account: string, device: number, registrationId: number): Promise<boolean> {
    const session = await this.#draft.get(sessionRecord, sessionKey(account, device))
    return (
      session !== undefined &&
      session.renew !== true &&
      this.#cipher.hasOpenSession(session.record) &&
      this.#cipher.remoteRegistrationId(session.record) === registrationId
    )
  }

  /** `false` when the bundle is not what the device's owner made: the next answer may bring a better one. */
  async #start(list: DeviceList, bundle: PrekeyBundle): Promise<boolean> {
    const { signedPrekey, oneTimePrekey } = bundle
    try {
      const changes = await this.#cipher.startSession(
        this.#reader,
        { account: list.account, device: bundle.device },
        {
          registrationId: bundle.registrationId,
          identityKey: fromBase64url(list.identityKey),
          signedPrekey: {
            id: signedPrekey.id,
            publicKey: fromBase64url(signedPrekey.publicKey),
            signature: fromBase64url(signedPrekey.signature),
          },
          ...(oneTimePrekey === undefined
            ? {}
            : { oneTimePrekey: { id: oneTimePrekey.id, publicKey: fromBase64url(oneTimePrekey.publicKey) } }),
        },
      )
      await applyChanges(this.#draft, this.#own, changes, { isNew: true })
      return true
    } catch (error) {
      if (this.#reader.storeFailure !== undefined) throw error
      return false
    }
  }
}
