/**
 * Sealing: HPKE (RFC 9180), base mode, single shot, with X-Wing (0x647a), HKDF-SHA-256 (0x0001) and AES-256-GCM (0x0002), to
 * a recipient device's own key. It hides from the relay who wrote a message, which stands in the certificate beside it,
 * and keeps both from whoever can break X25519 one day. It does not say who sealed: the ratchet's message within does.
 */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { randomBytes } from '#protocol/bytes.ts'
import {
  MAX_SEALED_MESSAGE_BYTES,
  type SealedFor,
  isHintOf,
  readSealedBody,
  readSealedPlaintext,
  sealedAdditionalData,
  sealedBody,
  sealedPlaintext,
  sealingInfo,
  sealingKeyHint,
} from '#protocol/sealed/envelope.ts'
import { xWing } from './x-wing.ts'

const PRIVATE_KEY_BYTES = 32

/** A device's key for sealed envelopes. */
export interface SealingKeyPair {
  /** 1,216 octets. */
  readonly publicKey: Uint8Array
  /** 32 octets, from which X-Wing derives both its private keys. */
  readonly privateKey: Uint8Array
}

/**
 * - `malformed`: not a sealed envelope at all, or one around another.
 * - `unknownKey`: sealed to a key that this device does not have, or has deleted.
 * - `unreadable`: altered, or sealed for another device or message.
 * - `badKey`: the key to seal to is none.
 * - `tooLarge`: the message is over `MAX_SEALED_MESSAGE_BYTES`.
 */
export type SealingErrorCode = 'malformed' | 'unknownKey' | 'unreadable' | 'badKey' | 'tooLarge'

const MESSAGES: Readonly<Record<SealingErrorCode, string>> = {
  malformed: 'This is not a sealed envelope.',
  unknownKey: 'The envelope is sealed to a key that this device does not have.',
  unreadable: 'The envelope was altered, or sealed for another device or message.',
  badKey: 'The key to seal to is not an X-Wing public key.',
  tooLarge: `A sealed envelope holds at most ${MAX_SEALED_MESSAGE_BYTES} octets.`,
}

/** Sealing or opening failed. Carries neither plaintext nor key. */
export class SealingError extends Error {
  override readonly name = 'SealingError'
  readonly code: SealingErrorCode
  constructor(code: SealingErrorCode) {
    super(MESSAGES[code])
    this.code = code
  }
}

let made: CipherSuite | undefined

function suite(): CipherSuite {
  made ??= new CipherSuite({ kem: xWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
  return made
}

/** The key pair of a private key (32 octets), as it comes out of the device's store. */
export async function sealingKeyPair(privateKey: Uint8Array): Promise<SealingKeyPair> {
  const { kem } = suite()
  const pair = await xWing().generateKeyPairDerand(privateKey)
  return { privateKey, publicKey: new Uint8Array(await kem.serializePublicKey(pair.publicKey)) }
}

/** A new key pair. */
export function generateSealingKey(): Promise<SealingKeyPair> {
  return sealingKeyPair(randomBytes(PRIVATE_KEY_BYTES))
}

/**
 * Seals a message's body for one device. Two calls never yield the same octets: whoever may have to send again keeps these.
 *
 * @param sealingKey from the recipient's verified device list
 * @param certificate the own one, unread by the relay
 * @param message a body of the ratchet, type octet included
 * @returns a body, of one of the lengths `SEALED_BODY_BYTES`
 * @throws SealingError `badKey`, `tooLarge`
 */
export async function sealEnvelope(
  sealingKey: Uint8Array,
  target: SealedFor,
  certificate: Uint8Array,
  message: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const plaintext = sealedPlaintext(certificate, message)
  if (plaintext === undefined) throw new SealingError('tooLarge')
  const hint = sealingKeyHint(sealingKey)
  const { enc, ciphertext } = await encrypt(sealingKey, plaintext, sealedAdditionalData(hint, target))
  return sealedBody(hint, enc, ciphertext)
}

async function encrypt(sealingKey: Uint8Array, plaintext: Uint8Array<ArrayBuffer>, aad: Uint8Array<ArrayBuffer>) {
  try {
    const recipientPublicKey = await suite().kem.deserializePublicKey(sealingKey)
    const sender = await suite().createSenderContext({ recipientPublicKey, info: sealingInfo() })
    const ciphertext = await sender.seal(plaintext, aad)
    return { enc: new Uint8Array(sender.enc), ciphertext: new Uint8Array(ciphertext) }
  } catch {
    // The plaintext and the additional data are ours: only the key can be at fault.
    throw new SealingError('badKey')
  }
}

/**
 * Opens a sealed body. What comes out was written by anybody who knows the public key: verify the certificate, then let
 * the session with the device that it names decrypt the message.
 *
 * @param keys the device's present key, and former ones that it keeps while envelopes for them can be under way
 * @param target what the envelope was delivered as
 * @throws SealingError `malformed`, `unknownKey`, `unreadable`
 */
export async function openEnvelope(
  keys: readonly SealingKeyPair[],
  target: SealedFor,
  body: Uint8Array,
): Promise<{ readonly certificate: Uint8Array; readonly message: Uint8Array }> {
  const parts = readSealedBody(body)
  if (parts === undefined) throw new SealingError('malformed')
  const key = keys.find(({ publicKey }) => isHintOf(parts.hint, publicKey))
  if (key === undefined) throw new SealingError('unknownKey')
  const aad = sealedAdditionalData(parts.hint, target)
  const opened = readSealedPlaintext(await decrypt(key, parts.encapsulated, parts.ciphertext, aad))
  if (opened === undefined) throw new SealingError('malformed')
  return opened
}

async function decrypt(
  { privateKey }: SealingKeyPair,
  enc: Uint8Array<ArrayBuffer>,
  ciphertext: Uint8Array<ArrayBuffer>,
  aad: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const recipientKey = await suite().kem.deserializePrivateKey(privateKey)
  try {
    const recipient = await suite().createRecipientContext({
      recipientKey,
      enc: enc,
      info: sealingInfo(),
    })
    return new Uint8Array(await recipient.open(ciphertext, aad))
  } catch {
    throw new SealingError('unreadable')
  }
}
