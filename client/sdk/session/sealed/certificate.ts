/** This device's sender certificate: kept, and renewed long before it ends. */

import { senderCertificate } from '#protocol/http/deliveries.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Auth } from '../auth.ts'
import type { Core } from '../core.ts'
import { parseRecord } from '../records.ts'
import { CERTIFICATE, type Certificate, certificateRecord } from './records.ts'

/** A certificate is not used for its last minutes: what is sealed with it has to reach a relay first, whose clock may differ. */
const MARGIN_MS = 10 * 60_000
/** It is renewed at a random moment in this part of its life, so that not all that was used before is renewed at one hour. */
const RENEW_FROM = 0.4
const RENEW_TO = 0.9

export class OwnCertificate {
  readonly #core: Core
  readonly #auth: Auth
  #kept: Certificate | undefined
  #renewAt = 0

  constructor(core: Core, auth: Auth) {
    this.#core = core
    this.#auth = auth
  }

  async load(): Promise<void> {
    const value = await this.#core.store.get(CERTIFICATE)
    if (value !== undefined) this.#use(parseRecord(certificateRecord, value))
  }

  /** What may be sealed with now; `undefined` when it has to be renewed first. */
  get current(): Certificate | undefined {
    const now = this.#core.now()
    return this.#kept !== undefined && this.#kept.from <= now && now < this.#kept.until ? this.#kept : undefined
  }

  /** When {@link follow} has something to do. */
  get renewAt(): number {
    return this.current === undefined ? 0 : this.#renewAt
  }

  /** Fetches another one when that is due. @throws RelayError, OfflineError */
  async follow(): Promise<void> {
    if (this.#core.now() < this.renewAt) return
    const from = this.#core.now()
    const { certificate } = await this.#auth.call(senderCertificate, undefined)
    // It is dated to an hour that began already. By the own clock, since that is the one that tells what is left.
    const until = from + LIMITS.certificateTtl - LIMITS.certificateStep - MARGIN_MS
    const kept: Certificate = { certificate, from, until }
    await this.#core.transact((draft) => {
      draft.put(certificateRecord, CERTIFICATE, kept)
      return Promise.resolve()
    })
    this.#use(kept)
  }

  #use(kept: Certificate): void {
    this.#kept = kept
    const part = RENEW_FROM + this.#core.platform.random() * (RENEW_TO - RENEW_FROM)
    this.#renewAt = kept.from + part * (kept.until - kept.from)
  }
}
