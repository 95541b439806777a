/** What a device keeps for sealed sender, beside its keys and those of its contacts. */

import * as v from 'valibot'
import { CertificateKey } from '#protocol/sealed/certificate.ts'
import { TokenPublicKey } from '#protocol/token-wire.ts'
import { Timestamp } from '#protocol/primitives.ts'
import type { RecordKey } from '../../store/store.ts'
import { BlindTokenRecord, type RecordKind } from '../records.ts'

/** This device's certificate. */
const Certificate = v.object({
  certificate: v.string(),
  /** By this device's clock, whatever that is: from its fetching, less than the hour to which it is dated back. */
  from: Timestamp,
  until: Timestamp,
})
export type Certificate = v.InferOutput<typeof Certificate>
export const certificateRecord: RecordKind<Certificate> = { collection: 'meta', schema: Certificate }
export const CERTIFICATE: RecordKey = { collection: 'meta', partition: 'senderCertificate', order: 0 }

/** The deployment's public keys, as everybody is told them, and when they were asked for. */
const DeploymentKeys = v.object({
  certificateKeys: v.array(CertificateKey),
  tokenKeys: v.array(TokenPublicKey),
  at: Timestamp,
})
export type DeploymentKeys = v.InferOutput<typeof DeploymentKeys>
export const deploymentKeysRecord: RecordKind<DeploymentKeys> = { collection: 'meta', schema: DeploymentKeys }
export const DEPLOYMENT_KEYS: RecordKey = { collection: 'meta', partition: 'sealedSenderKeys', order: 0 }

/** A token to spend. */
export const tokenRecord: RecordKind<v.InferOutput<typeof BlindTokenRecord>> = {
  collection: 'meta',
  schema: BlindTokenRecord,
}
export const TOKENS = 'deliveryTokens'
export const tokenKey = (order: number): RecordKey => ({ collection: 'meta', partition: TOKENS, order })

/** Tokens that were asked for: the same request is made again until it is answered, and counts once. */
const PendingTokens = v.object({
  pending: v.array(v.object({ nonce: v.string(), blind: v.string(), blinded: v.string() })),
})
export const pendingTokensRecord: RecordKind<v.InferOutput<typeof PendingTokens>> = {
  collection: 'meta',
  schema: PendingTokens,
}
export const PENDING_TOKENS: RecordKey = { collection: 'meta', partition: 'pendingDeliveryTokens', order: 0 }

/** Since when the relay has had a delivery key that this device was not told. */
const MissingKey = v.object({ version: v.number(), since: Timestamp })
export const missingKeyRecord: RecordKind<v.InferOutput<typeof MissingKey>> = { collection: 'meta', schema: MissingKey }
export const MISSING_KEY: RecordKey = { collection: 'meta', partition: 'missingDeliveryKey', order: 0 }
