import { useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'
import { failureCode } from '../../app/failure.ts'
import { toast } from '../../kit/index.ts'
import { getConversation, useApi } from '../../state/index.ts'
import { useFailureText } from '../settings/failure.ts'

const PLACES = { chat: '/c/$id', contact: '/c/$id/contact', safety: '/c/$id/safety' } as const

/** Goes to somebody who is named somewhere, also when there is no conversation with them yet. Back leads back. */
export function usePerson(): (account: string, place: keyof typeof PLACES) => void {
  const { t } = useLingui()
  const api = useApi()
  const navigate = useNavigate()
  const failureText = useFailureText()
  return useCallback(
    (account, place) => {
      const go = async () => {
        const id = getConversation(account)?.id ?? (await api.openByAccount(account))
        await navigate({ to: PLACES[place], params: { id }, state: { opened: true } })
      }
      go().catch((error: unknown) => {
        const code = failureCode(error)
        const gone = code === 'unknownRecipient'
        toast(gone ? t`This account no longer exists.` : failureText(code), { tone: 'danger' })
      })
    },
    [api, navigate, failureText, t],
  )
}
