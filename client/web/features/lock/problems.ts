import { useLingui } from '@lingui/react/macro'
import type { FailureCode } from '../../app/failure.ts'

/** Why it did not open, and what to do. */
export function useUnlockProblem(): (code: FailureCode) => string {
  const { t } = useLingui()
  return (code) => {
    if (code === 'wrongPassphrase') return t`That is not the passphrase. Check capital letters and try again.`
    if (code === 'wrongRecoveryKey') return t`That is not the recovery key of this device. Check each group.`
    if (code === 'storageUnavailable' || code === 'storageLost')
      return t`The browser did not give back what is stored here. Reload and try again.`
    return t`That did not work. Please try again. (${code})`
  }
}
