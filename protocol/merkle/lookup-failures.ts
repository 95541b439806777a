/** Why an answer is not believed, grouped by what it says of the log. The text is for people and may change. */

/** The answer does not prove what it has to. Whoever stands in between can cause that too: ask again, and use nothing of it. */
export const UNPROVEN = {
  checkpointMalformed: 'The checkpoint is not a signed note in form.',
  checkpointForeign: 'The checkpoint is of another log.',
  checkpointUnsigned: 'The log’s key did not sign the checkpoint, or a known key’s signature is false.',
  witnessesMissing: 'Too few of the known witnesses signed the checkpoint.',
  checkpointRolledBack: 'The log is smaller than it was.',
  consistencyInvalid: 'The log is not shown to have grown from what it was.',
  mapRootStale: 'The newest map root is too old.',
  inclusionInvalid: 'A leaf is not shown to be in the log.',
  mapProofInvalid: 'What the map holds for the account is not shown.',
  entryMissing: 'The map holds something for the account that the answer leaves out.',
  entryUnexpected: 'The map holds nothing for the account, but the answer has something.',
  openingMissing: 'The leaf’s commitment is not opened, or one is opened that there is not.',
  commitmentMismatch: 'The device list is not the one that the leaf commits to.',
} as const

/**
 * The log signed what contradicts itself, its rules, or what it signed before. Nobody without its key can cause that: keep the
 * answer, and what was pinned, as evidence.
 */
export const SIGNED_WRONG = {
  checkpointForked: 'The log has another root than before at the same size, or did not grow from it.',
  mapRootInvalid: 'The log’s last leaf is not a map root.',
  indexKeyChanged: 'Indexes are computed under another key than before.',
  entryVanished: 'The map does not hold an account any more that it held.',
  leafInvalid: 'The leaf that the map names is not one of an account, or is of another.',
  listInvalid: 'What the leaf commits to is not a device list.',
  accountMismatch: 'The device list is of another account.',
  versionMismatch: 'The device list has another version than its leaf.',
  versionForked: 'There is another device list of the version that was seen before.',
  versionRolledBack: 'The device list is older than the one that was seen before.',
} as const

export const LOOKUP_FAILURES = { ...UNPROVEN, ...SIGNED_WRONG } as const

export type LookupFailure = keyof typeof LOOKUP_FAILURES
export const LOOKUP_FAILURE_NAMES = Object.keys(LOOKUP_FAILURES) as [LookupFailure, ...LookupFailure[]]

/** Whether a failure is evidence against whoever holds the log's key. */
export function isEvidence(failure: LookupFailure): failure is keyof typeof SIGNED_WRONG {
  return failure in SIGNED_WRONG
}
