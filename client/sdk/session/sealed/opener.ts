/** Opens what came in a seal, and finds out who sent it: before the inbox reads it, in no transaction. */

import { fromBase64url } from '#protocol/bytes.ts'
import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import { CertificateChecks } from '../../crypto/certificates.ts'
import { SealingError, openEnvelope } from '../../crypto/sealing.ts'
import type { Core } from '../core.ts'
import type { Deployment } from './deployment.ts'
import type { Opened } from './sealed.ts'
import type { SealingKeys } from './sealing-keys.ts'

export class Opener {
  readonly #core: Core
  readonly #deployment: Deployment
  readonly #keys: Pick<SealingKeys, 'pairs'>
  readonly #checks = new CertificateChecks()

  constructor(core: Core, deployment: Deployment, keys: Pick<SealingKeys, 'pairs'>) {
    this.#core = core
    this.#deployment = deployment
    this.#keys = keys
  }

  /**
   * What is in the seal, and whom its certificate names: an account that is known to have sent it only once a session with
   * this identity has decrypted the message. Whatever was sent, this answers.
   *
   * @throws OfflineError, or RelayError, when the key of its certificate could not be asked for
   */
  async open({ messageId, at, body }: Omit<DeliveredEnvelope, 'seq'>, ephemeral: boolean): Promise<Opened> {
    const { account, device, registrationId } = this.#core.requireAccount()
    const target = { account, device, registrationId, messageId, ephemeral }
    try {
      const { certificate, message } = await openEnvelope(await this.#keys.pairs(), target, fromBase64url(body))
      const verify = () => this.#checks.verify(certificate, this.#deployment.certificateKeys, at)
      let verdict = verify()
      if (!verdict.ok && verdict.fault === 'unknownKey' && (await this.#deployment.askForUnknown())) verdict = verify()
      if (!verdict.ok) return { fault: `certificate:${verdict.fault}` }
      const { account: from, device: sender, identityKey } = verdict.certificate
      // Own devices say who they are: nothing is hidden by a seal between them.
      if (from === account) return { fault: 'certificate:own' }
      return { from: { account: from, device: sender }, identityKey, message }
    } catch (error) {
      if (!(error instanceof SealingError)) throw error
      return { fault: `seal:${error.code}` }
    }
  }
}
