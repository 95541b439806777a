import { Trans, useLingui } from '@lingui/react/macro'
import { useCallback } from 'react'
import { Avatar, Dialog } from '../../kit/index.ts'
import { useApi, useProfile } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { Asked } from '../settings/asked.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import type { MessageItem } from '../timeline/rows.ts'
import { useMarks } from './use-marks.ts'

interface ReactionsDialogProps {
  readonly item: MessageItem
  readonly conversation: string
  readonly onClose: () => void
}

/** Who reacted how. */
export function ReactionsDialog({ item, conversation, onClose }: ReactionsDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const own = useProfile()?.account
  const { of } = useMarks(conversation)
  const { author, id } = of(item)
  const { answer, again } = useAnswer(
    useCallback(() => api.reactionsOf(conversation, { author, id }), [api, conversation, author, id]),
    0,
  )
  return (
    <Dialog open onOpenChange={onClose} title={<Trans>Reactions</Trans>}>
      <Asked answer={answer} again={again}>
        {(people) =>
          people.length === 0 ? (
            <p className="py-4 text-center text-muted">
              <Trans>All reactions were taken back.</Trans>
            </p>
          ) : (
            <ul aria-label={t`People`} tabIndex={0} className="-mx-1 flex max-h-80 flex-col overflow-y-auto px-1">
              {people.map((person) => (
                <li key={person.account} className="flex min-h-12 items-center gap-3 py-1">
                  <Avatar id={person.account} name={person.name} size="small" />
                  <bdi className="min-w-0 flex-1 truncate font-medium text-match">
                    {person.account === own ? t`You` : (nameOf(person) ?? t`Unnamed contact`)}
                  </bdi>
                  <span className="text-[1.35rem] leading-none">{person.emoji}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </Dialog>
  )
}
