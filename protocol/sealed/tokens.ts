/** Delivery tokens: blind tokens for writing to somebody whose delivery key one does not have (SPEC, X-11 to X-14). */

import { type BlindToken, type PendingToken, type SpentToken, type TokenKey, TokenScheme } from '../blind-tokens.ts'
import { concatBytes, fromBase64url } from '../bytes.ts'
import type { AccountId, MessageId } from '../primitives.ts'
import type { TokenAnswer, TokenCredential, TokenKeyId, TokenPublicKey, TokenRequest } from '../token-wire.ts'

export type { PendingToken, SpentToken, TokenKey } from '../blind-tokens.ts'

/** What a token is spent on. */
export interface TokenUse {
  readonly recipient: AccountId
  readonly messageId: MessageId
}

export type DeliveryToken = BlindToken

const scheme = new TokenScheme<TokenUse>(
  {
    input: 'SilentRelay delivery token v1',
    key: 'SilentRelay delivery token key v1',
    use: 'SilentRelay token use v1',
    spent: 'SilentRelay spent token v1',
  },
  ({ recipient, messageId }) => concatBytes(fromBase64url(recipient), fromBase64url(messageId)),
)

/** {@link TokenScheme.deriveKey} of delivery tokens. */
export function deriveTokenKey(seed: Uint8Array, id: TokenKeyId): TokenKey {
  return scheme.deriveKey(seed, id)
}

/** {@link TokenScheme.issue} of delivery tokens. */
export function issueTokens(key: TokenKey, request: TokenRequest): TokenAnswer | undefined {
  return scheme.issue(key, request)
}

/** {@link TokenScheme.prepare} of delivery tokens. */
export function prepareTokens(count: number): PendingToken[] {
  return scheme.prepare(count)
}

/** {@link TokenScheme.finish} of delivery tokens. */
export function finishTokens(
  pending: readonly PendingToken[],
  key: TokenPublicKey,
  answer: TokenAnswer,
): DeliveryToken[] | undefined {
  return scheme.finish(pending, key, answer)
}

/** {@link TokenScheme.credential} of delivery tokens: what a delivery carries. */
export function tokenCredential(token: DeliveryToken, use: TokenUse): TokenCredential {
  return scheme.credential(token, use)
}

/** {@link TokenScheme.redeem} of delivery tokens. */
export function redeemToken(
  keyOf: (id: TokenKeyId) => TokenKey,
  credential: TokenCredential,
  use: TokenUse,
  now: number,
): SpentToken | undefined {
  return scheme.redeem(keyOf, credential, use, now)
}
