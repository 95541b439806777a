/** Why the data key stays wrapped. */

export class WrongPassphraseError extends Error {
  override readonly name = 'WrongPassphraseError'
  readonly code = 'wrongPassphrase'
  constructor() {
    super('The passphrase or passkey does not open this client.')
  }
}

export class WrongRecoveryKeyError extends Error {
  override readonly name = 'WrongRecoveryKeyError'
  readonly code = 'wrongRecoveryKey'
  constructor() {
    super('The recovery key does not open this client.')
  }
}

/** The client is locked: unlock it first. */
export class LockedError extends Error {
  override readonly name = 'LockedError'
  readonly code = 'locked'
  constructor() {
    super('The client is locked.')
  }
}

/** The wrapped data key is damaged, or its device key does not fit. What is stored cannot be read any more. */
export class VaultDamagedError extends Error {
  override readonly name = 'VaultDamagedError'
  readonly code = 'vaultDamaged'
  constructor() {
    super('The key of the stored data cannot be opened.')
  }
}
