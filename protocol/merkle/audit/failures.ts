/** What an auditor finds wrong with a log. The text is for people and may change. */
export const AUDIT_FAILURES = {
  checkpointMissing: 'There is no checkpoint.',
  checkpointMalformed: 'The checkpoint is not a signed note in form.',
  checkpointForeign: 'The checkpoint is of another log.',
  checkpointUnsigned: 'The log’s key did not sign the checkpoint.',
  cosignatureFalse: 'A witness’s cosignature of the checkpoint does not verify.',
  cosignatureUnknown:
    'A signature of the checkpoint is of nobody that the audit knows, or there twice. Witnesses can be named.',
  checkpointRolledBack: 'The log is smaller than it was.',
  checkpointForked: 'The log has another root than before at the same size.',
  bundleMissing: 'A bundle of leaves is missing.',
  bundleMalformed: 'A bundle of leaves is not in form, or has another number of leaves than it should.',
  leafChanged: 'A leaf is another one than it was.',
  leafUnknown: 'A leaf is of an unknown format or kind: this auditor is too old, or the log is wrong.',
  tileMissing: 'A tile of hashes is missing.',
  tileMismatch: 'A tile has other hashes than the leaves have.',
  rootMismatch: 'The leaves do not have the root that was signed.',
  versionSkipped: 'A device list’s version does not follow the one before.',
  accountContinued: 'Something follows the end of an account.',
  epochSkipped: 'A map root’s epoch does not follow the one before.',
  timeWentBack: 'A map root is older than the one before.',
  indexKeyChanged: 'A map root names another index key.',
  mapRootMismatch: 'A map root is not that of the leaves before it.',
  entriesMismatch: 'A map root counts other entries than there are.',
  manifestSkipped: 'A client manifest’s sequence does not follow the one before.',
  mapRootNotLast: 'The last leaf is not a map root.',
} as const

export type AuditFailureName = keyof typeof AUDIT_FAILURES

/** What is wrong, and where: a path below the log's prefix, or the position of a leaf. */
export class AuditFailure extends Error {
  override readonly name = 'AuditFailure'
  readonly failure: AuditFailureName
  readonly where: string

  constructor(failure: AuditFailureName, where: string) {
    super(`${failure} (${where}): ${AUDIT_FAILURES[failure]}`)
    this.failure = failure
    this.where = where
  }
}
