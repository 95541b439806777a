/** How the library is set up, and the fixed parts of what we put into groups. */

import type { AuthenticationService } from 'ts-mls/authenticationService.js'
import type { Capabilities } from 'ts-mls/capabilities.js'
import type { ClientConfig } from 'ts-mls/clientConfig.js'
import type { Credential } from 'ts-mls/credential.js'
import type { CiphersuiteName } from 'ts-mls/crypto/ciphersuite.js'
import type { Extension } from 'ts-mls/extension.js'
import { encodeRequiredCapabilities } from 'ts-mls/requiredCapabilities.js'
import { equalBytes } from '#protocol/bytes.ts'
import { DETAILS_EXTENSION } from '#protocol/groups/details.ts'

/** What one member may cost this device, with the reason for each. */
export const MLS_LIMITS = {
  /**
   * Keys that one message may skip. A sender's ephemeral messages take keys too, and members that were away never see
   * them: about an hour and a half of typing between two messages. Each costs some 50 µs before the message authenticates.
   */
  skipPerMessage: 2_000,
  /**
   * Ephemeral messages that this device makes between two of its messages for the log: far enough below what others skip
   * that some of the latter may get lost too.
   */
  ephemeralInARow: 500,
  /** Skipped keys kept for each member, for messages of its that overtook each other on their way into the log. */
  skippedKeys: 32,
  /** Points of an epoch's history to compare with (U-6): members that are further behind are not compared. */
  historyPoints: 1_024,
} as const

/** What every leaf of ours can do. */
export function capabilitiesOf(suite: CiphersuiteName): Capabilities {
  return {
    versions: ['mls10'],
    ciphersuites: [suite],
    extensions: [DETAILS_EXTENSION],
    proposals: [],
    credentials: ['basic'],
  }
}

/** In every group context: who cannot read the details cannot join. */
export const REQUIRED_CAPABILITIES: Extension = {
  extensionType: 'required_capabilities',
  extensionData: encodeRequiredCapabilities({
    extensionTypes: [DETAILS_EXTENSION],
    proposalTypes: [],
    credentialTypes: ['basic'],
  }),
}

/** Length of account and device, with which a credential's identity begins. */
const ADDRESS_LENGTH = 18

/** The library asks this for each pair of a new leaf and one that is there: so by octets, and not by what they mean. */
function isSameDevice(a: Credential, b: Credential): boolean {
  if (a.credentialType !== 'basic' || b.credentialType !== 'basic') return false
  return equalBytes(a.identity.subarray(0, ADDRESS_LENGTH), b.identity.subarray(0, ADDRESS_LENGTH))
}

/** The library's configuration for one step, with the authentication service to ask. */
export function configWith(authService: AuthenticationService): ClientConfig {
  return {
    authService,
    keyRetentionConfig: {
      retainKeysForGenerations: MLS_LIMITS.skippedKeys,
      // The log is in order, so that no message of a former epoch follows (U-9).
      retainKeysForEpochs: 0,
      maximumForwardRatchetSteps: MLS_LIMITS.skipPerMessage,
    },
    // A device that was away reads commits long after: lifetimes are for who adds (RFC 9420 section 7.3).
    lifetimeConfig: { maximumTotalLifetime: 0n, validateLifetimeOnReceive: false },
    keyPackageEqualityConfig: {
      compareKeyPackages: (a, b) => isSameDevice(a.leafNode.credential, b.leafNode.credential),
      compareKeyPackageToLeafNode: (a, b) => isSameDevice(a.leafNode.credential, b.credential),
    },
    // Content is padded before it comes here (U-10).
    paddingConfig: { kind: 'padUntilLength', padUntilLength: 0 },
  }
}
