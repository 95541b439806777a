/**
 * The one place that loads `@privacyresearch/libsignal-protocol-typescript` (X3DH and the Double Ratchet), prepared:
 * our curve and our symmetric primitives in, its lock and its process listeners out.
 *
 * Its files are imported one by one, since its index also loads a second, scripted WebCrypto (270 KB).
 */

import { removeAddedListeners } from './process-listeners.ts'
import { setCurve, setWebCrypto } from '@privacyresearch/libsignal-protocol-typescript/lib/internal/crypto.js'
import { SessionBuilder } from '@privacyresearch/libsignal-protocol-typescript/lib/session-builder.js'
import { SessionCipher } from '@privacyresearch/libsignal-protocol-typescript/lib/session-cipher.js'
import { SessionLock } from '@privacyresearch/libsignal-protocol-typescript/lib/session-lock.js'
import { SignalProtocolAddress } from '@privacyresearch/libsignal-protocol-typescript/lib/signal-protocol-address.js'
import { curve } from './curve.ts'
import { symmetric } from './symmetric.ts'

removeAddedListeners()
setCurve(curve)
setWebCrypto(symmetric as unknown as Crypto)

// Its queue holds within one realm only, so that it protects nobody, and it keeps every promise and every error for
// ever. Whoever commits the steps serialises them (see `pairwise.ts`).
SessionLock.queueJobForNumber = (_address, job) => job()

export { SessionBuilder, SessionCipher, SignalProtocolAddress }
export type { DeviceType } from '@privacyresearch/libsignal-protocol-typescript/lib/session-types.js'
export type { KeyPairType, StorageType } from '@privacyresearch/libsignal-protocol-typescript/lib/types.js'
