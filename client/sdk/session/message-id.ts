import { randomBytes, toBase64url } from '#protocol/bytes.ts'

/** A new message id: 128 random bits. */
export function drawMessageId(): string {
  return toBase64url(randomBytes(16))
}
