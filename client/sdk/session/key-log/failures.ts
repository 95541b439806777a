/** What can be wrong with the key log, as the engine names it, and how far each reaches. Pure. */

import { type LookupFailure, LOOKUP_FAILURE_NAMES, SIGNED_WRONG, isEvidence } from '#protocol/merkle/lookup-failures.ts'

/** Besides what `verifyLookup` finds: nothing of it is signed by the log, so it is asked again. */
const CLIENT_WAITS = [
  /** The relay does not answer, or refuses, or its answer is none. */
  'proofWithheld',
  /** The configuration names a log whose keys are none. */
  'logMalformed',
  /** The evaluation of an index does not verify under the index key. */
  'indexUnproven',
  /** The log holds no such list, or an older one. */
  'listUnlogged',
  /** The log holds a newer list than the relay shows: a device may be hidden, or a removed one kept. */
  'listOutdated',
  /** The log says that the account ended. */
  'accountRemoved',
] as const

/** Besides what `verifyLookup` finds: the user has to know and decide. */
const CLIENT_ALARMS = [
  /** A log was pinned, and the deployment has none any more. */
  'logGone',
  /** The deployment names another log, or other keys, than what was pinned. */
  'logKeyChanged',
  /** The log holds another list, of the same version, than the one that the relay showed. */
  'listForged',
  /** The log holds a list of the own account that its identity key did not sign, or of a version that is another here. */
  'ownListForged',
  /** The own list was not logged for an hour. */
  'ownListUnlogged',
  /** A group has a device that the log does not show for its account: what is written there would be encrypted for it. */
  'leafUnlogged',
  /** The log signed a head that somebody was shown, and does not show for a day how it grew from it. */
  'headUnproven',
] as const

type Evidence = keyof typeof SIGNED_WRONG
/** Why an account's messages wait for the log: it is asked again and again. */
export type KeyLogWait = Exclude<LookupFailure, Evidence> | (typeof CLIENT_WAITS)[number]
/** What stops sending until the user decides. */
export type KeyLogFailure = Evidence | (typeof CLIENT_ALARMS)[number]

export const KEY_LOG_FAILURES = [...(Object.keys(SIGNED_WRONG) as Evidence[]), ...CLIENT_ALARMS] as const
export const KEY_LOG_WAITS = [
  ...LOOKUP_FAILURE_NAMES.filter((name): name is Exclude<LookupFailure, Evidence> => !isEvidence(name)),
  ...CLIENT_WAITS,
] as const

/**
 * To whom nothing is sent: to anybody, to the account that the alarm names and groups that it is in, to these groups alone, or it
 * only tells.
 */
export type AlarmReach = 'everybody' | 'account' | 'groups' | 'nobody'

/**
 * How far an alarm reaches. What is wrong with the log as a whole makes all that it shows worthless. What is wrong at one
 * account's index says nothing of the others, whose lists it still proves.
 */
export function reachOf(failure: KeyLogFailure): AlarmReach {
  switch (failure) {
    case 'checkpointForked':
    case 'mapRootInvalid':
    case 'indexKeyChanged':
    case 'logGone':
    case 'logKeyChanged':
    case 'ownListForged':
      return 'everybody'
    case 'entryVanished':
    case 'leafInvalid':
    case 'listInvalid':
    case 'accountMismatch':
    case 'versionMismatch':
    case 'versionForked':
    case 'versionRolledBack':
    case 'listForged':
      return 'account'
    case 'leafUnlogged':
      // The account's own list is shown: what is written to it alone goes to its devices.
      return 'groups'
    case 'ownListUnlogged':
      // Others will not write to this account. What it writes to them is as safe as before.
      return 'nobody'
    case 'headUnproven':
      // A log that is published late does that, too.
      return 'nobody'
  }
}
