import { Trans, useLingui } from '@lingui/react/macro'
import { useCallback } from 'react'
import { Avatar, Dialog } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { fullTime, shortTime } from '../conversations/times.ts'
import { Asked } from '../settings/asked.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import type { MessageItem } from '../timeline/rows.ts'

interface ReadersDialogProps {
  readonly conversation: string
  readonly item: MessageItem
  readonly onClose: () => void
}

/** Who has read an own message of a group, the last reader first. */
export default function ReadersDialog({ conversation, item, onClose }: ReadersDialogProps) {
  const { t, i18n } = useLingui()
  const api = useApi()
  const { answer, again } = useAnswer(
    useCallback(() => api.readersOf(conversation, item.id), [api, conversation, item.id]),
    item.readBy ?? 0,
  )
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={<Trans>Read by</Trans>}
      description={<Trans>Only members who are your contacts are listed, and who have read receipts on.</Trans>}
    >
      <Asked answer={answer} again={again}>
        {(readers) =>
          readers.length === 0 ? (
            <p className="py-4 text-center text-muted">
              <Trans>Nobody has read this message yet.</Trans>
            </p>
          ) : (
            <ul aria-label={t`Readers`} tabIndex={0} className="-mx-1 flex max-h-80 flex-col overflow-y-auto px-1">
              {readers.map(({ account, name, at }) => {
                const shown = nameOf(name === undefined ? {} : { name }) ?? t`Unnamed member`
                return (
                  <li key={account} className="flex min-h-12 items-center gap-3 py-1">
                    <Avatar id={account} name={name} size="small" />
                    <bdi className="min-w-0 flex-1 truncate font-medium text-match">{shown}</bdi>
                    <time
                      dateTime={new Date(at).toISOString()}
                      title={fullTime(i18n.locale, at)}
                      className="shrink-0 text-meta text-muted"
                    >
                      {shortTime(i18n.locale, at, Date.now())}
                    </time>
                  </li>
                )
              })}
            </ul>
          )
        }
      </Asked>
    </Dialog>
  )
}
