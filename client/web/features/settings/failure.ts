import type { MessageDescriptor } from '@lingui/core'
import { msg } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { useCallback, useState } from 'react'
import { type FailureCode, failureCode } from '../../app/failure.ts'

const TEXTS: Readonly<Partial<Record<FailureCode, MessageDescriptor>>> = {
  offline: msg`You are offline. Try again when you are connected.`,
  relayUnavailable: msg`The relay did not answer. Try again when you are connected.`,
  databaseUnavailable: msg`The relay cannot do this at the moment. Try again in a minute.`,
  rateLimited: msg`That was too often in a short time. Wait a little and try again.`,
  usernameTaken: msg`This username, or one that looks like it, is taken. Try another.`,
  usernameInvalid: msg`3 to 32 letters a–z, digits, dots and underscores. It starts with a letter.`,
  usernameReserved: msg`This username is reserved. Try another.`,
  deviceListConflict: msg`Your devices changed meanwhile. Look at the list and try again.`,
  deviceRevoked: msg`This device was removed from your account.`,
  contentInvalid: msg`This is too long. Make it shorter.`,
  memberUnreachable: msg`They have no device that can be added to groups yet. Ask them to open SilentRelay, then try again.`,
  roleInsufficient: msg`Your role in this group does not allow that any more.`,
  notMember: msg`You are not a member of this group any more.`,
  groupNotFound: msg`This group is not there any more.`,
  groupFull: msg`The group has as many members as it can have.`,
  groupBroken: msg`This group was stopped, because it is not safe any more.`,
  changeInvalid: msg`The group changed meanwhile. Look at it and try again.`,
  epochConflict: msg`Others are changing the group right now. Try again in a moment.`,
  linkInvalid: msg`This link was revoked. Ask for a new one.`,
  usernameNotFound: msg`Nobody has this username. Check the spelling.`,
  unknownRecipient: msg`This account no longer exists.`,
  tooManyPinned: msg`There are 32 pinned messages already. Unpin one first.`,
  storageFull: msg`This device has no space left. Free some and try again.`,
}
const OTHERWISE = msg`That did not work. Try again.`

/** What went wrong and what to do, in a sentence or two. */
export function useFailureText(): (code: FailureCode) => string {
  const { i18n } = useLingui()
  return (code) => i18n._(TEXTS[code] ?? OTHERWISE)
}

/** One command at a time: whether it is under way, and why the last one failed. */
export function useCommand(): {
  readonly busy: boolean
  readonly failure: FailureCode | undefined
  /** Answers whether it succeeded; never rejects. */
  readonly run: (command: () => Promise<unknown>) => Promise<boolean>
  readonly clear: () => void
} {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<FailureCode>()
  const run = useCallback(async (command: () => Promise<unknown>) => {
    setBusy(true)
    setFailure(undefined)
    try {
      await command()
      return true
    } catch (error) {
      setFailure(failureCode(error))
      return false
    } finally {
      setBusy(false)
    }
  }, [])
  return { busy, failure, run, clear: useCallback(() => setFailure(undefined), []) }
}
