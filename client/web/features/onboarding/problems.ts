import { useLingui } from '@lingui/react/macro'
import type { FailureCode } from '../../app/failure.ts'

const BESIDE_A_FIELD: ReadonlySet<FailureCode> = new Set([
  'usernameInvalid',
  'usernameReserved',
  'usernameTaken',
  'inviteInvalid',
])

/** What is wrong with a username, and what to do. `undefined` for what is not about the username. */
export function useUsernameProblem(): (code: FailureCode | undefined) => string | undefined {
  const { t } = useLingui()
  return (code) => {
    if (code === 'usernameInvalid')
      return t`Use 3 to 32 letters a–z, digits, single dots or underscores, and start with a letter.`
    if (code === 'usernameReserved') return t`This name is reserved. Please choose another.`
    if (code === 'usernameTaken') return t`This name, or one that looks like it, is taken. Please choose another.`
    return undefined
  }
}

/** Why an account could not be made, apart from its username and invitation, which are answered beside their fields. */
export function useRegistrationProblem(): (code: FailureCode) => string | undefined {
  const { t } = useLingui()
  return (code) => {
    if (BESIDE_A_FIELD.has(code)) return undefined
    if (code === 'inviteRequired') return t`This relay takes new accounts by invitation. Enter your code above.`
    if (code === 'registrationClosed') return t`This relay takes no new accounts.`
    if (code === 'offline' || code === 'relayUnavailable')
      return t`The relay cannot be reached. Check your connection and try again.`
    if (code === 'rateLimited') return t`Too many new accounts from your network. Please try again in a while.`
    if (code === 'storageFull') return t`This device has no room left. Free some space and try again.`
    return t`That did not work. Please try again in a moment. (${code})`
  }
}
