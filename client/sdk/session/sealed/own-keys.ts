/** The account's delivery key: made, shown to whom it is for, and kept. */

import { updateDeliveryKey } from '#protocol/http/deliveries.ts'
import { deliveryAccess, deliveryVerifier } from '#protocol/sealed/delivery.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Outbox } from '../outbox.ts'
import { saveAccount } from '../profile.ts'
import { MISSING_KEY, missingKeyRecord } from './records.ts'
import { renewDeliveryKey } from './renew-delivery-key.ts'

/** How long this device waits for another own one to tell the key that the relay has, before it makes a new one. */
const MISSING_MS = 60 * 60_000
/** Tries at putting a key in force while other devices do. */
const MAX_CONFLICTS = 5

export class OwnKeys {
  readonly #core: Core
  readonly #auth: Auth
  readonly #outbox: Outbox

  constructor(core: Core, auth: Auth, outbox: Outbox) {
    this.#core = core
    this.#auth = auth
    this.#outbox = outbox
  }

  /**
   * Makes a delivery key where there is none, and has the relay take it.
   *
   * @param atRelay version of the one in force; 0 when there is none
   * @returns the version in force afterwards
   * @throws RelayError, OfflineError
   */
  async followDeliveryKey(atRelay: number): Promise<number> {
    await this.#core.transact((draft) => this.#ensureDeliveryKey(draft, atRelay))
    for (let conflicts = 0; ; conflicts += 1) {
      const { account, deliveryKey } = this.#core.requireAccount()
      if (deliveryKey === undefined || deliveryKey.version < atRelay) return atRelay
      if (deliveryKey.isUploaded && deliveryKey.version === atRelay) return atRelay
      const { version, key, keepFormer } = deliveryKey
      try {
        const verifier = deliveryVerifier(deliveryAccess(key, account))
        await this.#auth.call(updateDeliveryKey, { version, verifier, keepFormer })
        return await this.#core.transact((draft) => {
          const own = this.#core.requireAccount()
          if (own.deliveryKey?.key === key) {
            saveAccount(this.#core, draft, { ...own, deliveryKey: { ...own.deliveryKey, isUploaded: true } })
          }
          return Promise.resolve(version)
        })
      } catch (error) {
        const isConflict = error instanceof RelayError && error.code === 'deliveryKeyConflict'
        if (!isConflict || conflicts === MAX_CONFLICTS) throw error
        // Another own device was first, and may have given its key to somebody whom this one has blocked.
        await this.#core.transact((draft) =>
          renewDeliveryKey(this.#core, draft, this.#outbox, { above: version, keepFormer }),
        )
      }
    }
  }

  async #ensureDeliveryKey(draft: Draft, atRelay: number): Promise<void> {
    const version = this.#core.requireAccount().deliveryKey?.version ?? 0
    if (version >= atRelay) {
      if (version === 0) await renewDeliveryKey(this.#core, draft, this.#outbox, { above: 0, keepFormer: true })
      if ((await draft.get(missingKeyRecord, MISSING_KEY)) !== undefined) draft.delete(MISSING_KEY)
      return
    }
    const now = this.#core.now()
    const missing = await draft.get(missingKeyRecord, MISSING_KEY)
    if (missing?.version !== atRelay) {
      draft.put(missingKeyRecord, MISSING_KEY, { version: atRelay, since: now })
    } else if (now >= missing.since + MISSING_MS) {
      await renewDeliveryKey(this.#core, draft, this.#outbox, { above: atRelay, keepFormer: true })
      draft.delete(MISSING_KEY)
    }
  }
}
