import { useLingui } from '@lingui/react/macro'
import type { MessageName } from '#protocol/content/message-name.ts'
import { toast } from '../../kit/index.ts'
import { useApi, useProfile } from '../../state/index.ts'
import { failureCode } from '../../app/failure.ts'
import { useFailureText } from '../settings/failure.ts'
import type { MessageItem } from '../timeline/rows.ts'
import { nameOfMessage } from './message-name.ts'

/** What is done to messages of a conversation; what could not be done is said. */
export function useMarks(conversation: string) {
  const { t } = useLingui()
  const api = useApi()
  const own = useProfile()?.account ?? ''
  const of = (item: MessageItem): MessageName => nameOfMessage(item, conversation, own)
  const failureText = useFailureText()
  const failed = (error: unknown) => toast(failureText(failureCode(error)), { tone: 'danger' })
  return {
    of,
    react: (item: MessageItem, emoji: string | undefined) => {
      api.react(conversation, of(item), emoji).catch(failed)
    },
    pin: (item: MessageItem, isPinned: boolean) => {
      api
        .pinMessage(conversation, of(item), isPinned)
        .then(() => toast(isPinned ? t`Pinned for everyone` : t`Unpinned`, { tone: 'success' }), failed)
    },
  }
}
