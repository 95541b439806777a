/** The hybrid key encapsulation X-Wing (draft-connolly-cfrg-xwing-kem): X25519 and ML-KEM-768. */

import { XWing } from '@hpke/hybridkem-x-wing'
import { agree } from './x25519.ts'

/**
 * X-Wing, with its X25519 by WebCrypto. The package computes it in JavaScript, which takes twice as long as all the rest
 * of the key encapsulation; `mls/suite.test.ts` compares the two.
 */
export function xWing(): XWing {
  return Object.assign(new XWing(), { _x25519: { derive: agree } })
}
