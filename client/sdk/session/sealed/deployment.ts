/** The deployment's public keys of sealed sender: asked for without saying who asks, so that everybody is told the same. */

import { sealedSenderKeys } from '#protocol/http/deliveries.ts'
import type { TokenKeyId, TokenPublicKey } from '#protocol/token-wire.ts'
import { RelayError } from '../../transport/errors.ts'
import type { Core } from '../core.ts'
import { parseRecord } from '../records.ts'
import { DEPLOYMENT_KEYS, type DeploymentKeys, deploymentKeysRecord } from './records.ts'

/** Keys change by the week and by the quarter, and the next ones are told ahead. */
const ASK_EVERY_MS = 24 * 60 * 60_000
/** What names an unknown key makes us ask at most so often: anybody can write such envelopes. */
const ASK_FOR_UNKNOWN_EVERY_MS = 10 * 60_000

export class Deployment {
  readonly #core: Core
  #keys: DeploymentKeys | undefined
  #askedForUnknownAt = -Infinity
  /** Whether there is sealed sender; `undefined` until it was asked. */
  isOffered: boolean | undefined

  constructor(core: Core) {
    this.#core = core
  }

  async load(): Promise<void> {
    const value = await this.#core.store.get(DEPLOYMENT_KEYS)
    if (value === undefined) return
    this.#keys = parseRecord(deploymentKeysRecord, value)
    this.isOffered = true
  }

  get certificateKeys(): DeploymentKeys['certificateKeys'] {
    return this.#keys?.certificateKeys ?? []
  }

  /** Asks, unless that was done lately. @throws RelayError, OfflineError */
  async follow(): Promise<void> {
    const now = this.#core.now()
    if (this.#keys !== undefined && this.#keys.at <= now && now < this.#keys.at + ASK_EVERY_MS) return
    await this.#ask()
  }

  /** Asks for a key that is not known, unless that was done lately. Answers whether it asked. @throws RelayError, OfflineError */
  async askForUnknown(): Promise<boolean> {
    const now = this.#core.now()
    if (now < this.#askedForUnknownAt + ASK_FOR_UNKNOWN_EVERY_MS) return false
    await this.#ask()
    // Only now: what failed may be tried again.
    this.#askedForUnknownAt = now
    return true
  }

  /** The key of an id, as everybody is told it. @throws RelayError, OfflineError */
  async tokenKey(id: TokenKeyId): Promise<TokenPublicKey | undefined> {
    const find = () => this.#keys?.tokenKeys.find((key) => key.id === id)
    const known = find()
    if (known !== undefined) return known
    await this.askForUnknown()
    return find()
  }

  async #ask(): Promise<void> {
    try {
      const { certificateKeys, tokenKeys } = await this.#core.http.call(sealedSenderKeys, undefined)
      const keys: DeploymentKeys = { certificateKeys, tokenKeys, at: this.#core.now() }
      await this.#core.transact((draft) => {
        draft.put(deploymentKeysRecord, DEPLOYMENT_KEYS, keys)
        return Promise.resolve()
      })
      this.#keys = keys
      this.isOffered = true
    } catch (error) {
      if (!isNotOffered(error)) throw error
      this.isOffered = false
    }
  }
}

/** Whether a refusal says that the deployment has no sealed sender. */
export function isNotOffered(error: unknown): boolean {
  return error instanceof RelayError && error.code === 'notFound'
}
