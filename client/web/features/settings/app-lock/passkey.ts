/**
 * A passkey as app lock: the authenticator derives a secret from a salt (WebAuthn Level 3, section 10.1.4, extension `prf`),
 * and that secret wraps the key of the data. No server takes part, so the challenge only has to be there.
 */

import { fromBase64url, randomBytes, toBase64url } from '#protocol/bytes.ts'

export interface PasskeyLock {
  /** base64url. */
  readonly credentialId: string
  /** base64url, 32 octets. */
  readonly salt: string
}

export interface NewPasskeyLock extends PasskeyLock {
  /** 32 octets. */
  readonly secret: Uint8Array<ArrayBuffer>
}

export type PasskeyProblem =
  /** The user closed the dialog, or it timed out: the browser does not say which. */
  | 'cancelled'
  /** This authenticator or browser derives no secrets. */
  | 'unsupported'
  | 'failed'

export class PasskeyError extends Error {
  override readonly name = 'PasskeyError'
  readonly problem: PasskeyProblem

  constructor(problem: PasskeyProblem) {
    super(problem)
    this.problem = problem
  }
}

const SECRET_BYTES = 32

/** Whether it is worth offering. `true` is no promise: that is known once an authenticator has answered. */
export async function passkeysMayLock(): Promise<boolean> {
  if (typeof PublicKeyCredential === 'undefined') return false
  // Passkeys belong to names (WebAuthn, section 5.1.3): an address has none.
  if (/^[\d.]+$|:/.test(location.hostname)) return false
  const { getClientCapabilities } = PublicKeyCredential as {
    getClientCapabilities?: () => Promise<Readonly<Record<string, boolean>>>
  }
  // Browsers without it may still know the extension (Chromium 116 to 132, Safari 18.0).
  if (getClientCapabilities === undefined) return true
  const capabilities = await getClientCapabilities.call(PublicKeyCredential)
  return capabilities['extension:prf'] !== false
}

/** Makes a passkey for this client and asks it for its secret. @throws PasskeyError */
export async function createPasskeyLock(accountName: string): Promise<NewPasskeyLock> {
  const salt = randomBytes(SECRET_BYTES)
  const created = await asked(
    navigator.credentials.create({
      publicKey: {
        challenge: randomBytes(32),
        rp: { name: 'SilentRelay' },
        user: { id: randomBytes(16), name: accountName, displayName: accountName },
        // EdDSA, ES256 and RS256: what authenticators have. Nobody verifies a signature here.
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key' as const, alg })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  )
  const lock = { credentialId: toBase64url(new Uint8Array(created.rawId)), salt: toBase64url(salt) }
  const { prf } = created.getClientExtensionResults()
  if (prf?.enabled === false || prf === undefined) throw new PasskeyError('unsupported')
  // Many authenticators answer the secret only to a later assertion.
  return { ...lock, secret: secretOf(prf) ?? (await passkeySecret(lock)) }
}

/** Asks the passkey for its secret: 32 octets. @throws PasskeyError */
export async function passkeySecret({ credentialId, salt }: PasskeyLock): Promise<Uint8Array<ArrayBuffer>> {
  const credential = await asked(
    navigator.credentials.get({
      publicKey: {
        challenge: randomBytes(32),
        allowCredentials: [{ type: 'public-key', id: fromBase64url(credentialId) }],
        userVerification: 'required',
        extensions: { prf: { eval: { first: fromBase64url(salt) } } },
      },
    }),
  )
  const secret = secretOf(credential.getClientExtensionResults().prf)
  if (secret === undefined) throw new PasskeyError('unsupported')
  return secret
}

function secretOf(prf: AuthenticationExtensionsPRFOutputs | undefined): Uint8Array<ArrayBuffer> | undefined {
  const first = prf?.results?.first
  if (first === undefined) return undefined
  const octets = ArrayBuffer.isView(first)
    ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
    : new Uint8Array(first)
  // A copy: it is about to cross to the engine, and the browser's own buffer may be a view of more.
  return octets.byteLength === SECRET_BYTES ? Uint8Array.from(octets) : undefined
}

async function asked(request: Promise<Credential | null>): Promise<PublicKeyCredential> {
  let credential: Credential | null
  try {
    credential = await request
  } catch (error) {
    const name = error instanceof DOMException ? error.name : ''
    if (name === 'NotAllowedError' || name === 'AbortError') throw new PasskeyError('cancelled')
    throw new PasskeyError(name === 'NotSupportedError' || name === 'SecurityError' ? 'unsupported' : 'failed')
  }
  if (!(credential instanceof PublicKeyCredential)) throw new PasskeyError('failed')
  return credential
}
