import { Trans, useLingui } from '@lingui/react/macro'
import { useCallback } from 'react'
import { Dialog } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { fullTime } from '../conversations/times.ts'
import { Asked } from '../settings/asked.tsx'
import { useAnswer } from '../settings/use-answer.ts'
import { RichText } from '../timeline/rich-text.tsx'
import type { MessageItem } from '../timeline/rows.ts'
import { useMarks } from './use-marks.ts'

interface VersionsDialogProps {
  readonly item: MessageItem
  readonly conversation: string
  readonly onClose: () => void
}

/** What a text, or what stands below files, said before, the latest words first. */
export function VersionsDialog({ item, conversation, onClose }: VersionsDialogProps) {
  const { t, i18n } = useLingui()
  const api = useApi()
  const { of } = useMarks(conversation)
  const { author, id } = of(item)
  const { answer, again } = useAnswer(
    useCallback(() => api.versionsOf(conversation, { author, id }), [api, conversation, author, id]),
    item.edited?.at ?? 0,
  )
  return (
    <Dialog
      open
      onOpenChange={onClose}
      wide
      title={<Trans>Edit history</Trans>}
      description={<Trans>Everybody in the conversation can see it.</Trans>}
    >
      <Asked answer={answer} again={again}>
        {(versions) => (
          <ol aria-label={t`Versions`} tabIndex={0} className="flex max-h-[60dvh] flex-col gap-3 overflow-y-auto">
            {versions.toReversed().map(({ at, body, styles, mentions }, index) => (
              <li key={`${at} ${index}`} className="rounded-control border border-line bg-background px-3 py-2">
                <p className="pb-1 text-meta text-muted">
                  <time dateTime={new Date(at).toISOString()}>{fullTime(i18n.locale, at)}</time>
                  {index === 0 ? (
                    <>
                      {' · '}
                      <Trans>now</Trans>
                    </>
                  ) : index === versions.length - 1 ? (
                    <>
                      {' · '}
                      <Trans>first</Trans>
                    </>
                  ) : null}
                </p>
                {body === '' ? (
                  <em>
                    <Trans>Without words</Trans>
                  </em>
                ) : (
                  <RichText body={body} styles={styles} mentions={mentions} />
                )}
              </li>
            ))}
          </ol>
        )}
      </Asked>
    </Dialog>
  )
}
