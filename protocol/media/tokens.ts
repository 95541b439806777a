/** Media tokens: blind tokens for storing an object, so that the relay does not learn whose it is (SPEC, MD-9). */

import { type BlindToken, TokenScheme } from '../blind-tokens.ts'
import { fromBase64url } from '../bytes.ts'
import type { MediaName } from './object.ts'

export type MediaToken = BlindToken

/** Spent on one object's name. */
export const mediaTokens = new TokenScheme<MediaName>(
  {
    input: 'SilentRelay media token v1',
    key: 'SilentRelay media token key v1',
    use: 'SilentRelay media token use v1',
    spent: 'SilentRelay spent media token v1',
  },
  fromBase64url,
)
