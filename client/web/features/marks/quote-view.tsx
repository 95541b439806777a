import { Trans, useLingui } from '@lingui/react/macro'
import { Suspense, lazy } from 'react'
import type { QuoteView as Quote } from '../../engine/api.ts'
import { cx } from '../../kit/index.ts'
import { useProfile } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { FileLine } from '../media/file-line.tsx'
import { isVisible, withoutHidden } from '../timeline/text-shape.ts'

const FilePreview = lazy(() => import('../media/preview.tsx').then(({ Preview }) => ({ default: Preview })))

interface QuoteProps {
  readonly quote: Quote
  /** The conversation, and what the other side is called: between two, authors have no name of their own. */
  readonly name: string
  readonly isGroup: boolean
  readonly tabIndex?: number | undefined
  /** Shows what is quoted where it stands; absent where nothing leads there. */
  readonly onJump?: ((order: number) => void) | undefined
}

/** Who wrote what is quoted. */
export function useQuotedAuthor({ quote, name, isGroup }: Pick<QuoteProps, 'quote' | 'name' | 'isGroup'>): string {
  const { t } = useLingui()
  const own = useProfile()?.account
  if (quote.author.account === own) return t`You`
  return isGroup ? (nameOf(quote.author) ?? t`Unnamed member`) : name
}

/** The beginning of what a message answers, or why there is nothing to see. Its height is two lines, whatever it says. */
export function QuoteView(props: QuoteProps) {
  const { quote, tabIndex, onJump } = props
  const { t } = useLingui()
  const author = useQuotedAuthor(props)
  const { order, text, file, deleted } = quote
  const hasPicture = file?.thumbnail !== undefined || file?.thumbhash !== undefined
  const words = (
    <>
      <bdi className="block truncate font-semibold text-match">{author}</bdi>
      <span className="block h-4.5 truncate">
        {deleted === true ? (
          <em>
            <Trans>This message was deleted.</Trans>
          </em>
        ) : order === undefined ? (
          <em>
            <Trans>Not on this device</Trans>
          </em>
        ) : file !== undefined ? (
          <FileLine file={file} words={text && withoutHidden(text)} />
        ) : text !== undefined && isVisible(text.body) ? (
          <PlainText {...text} />
        ) : (
          <em>
            <Trans>A message without visible text</Trans>
          </em>
        )}
      </span>
    </>
  )
  const content =
    file === undefined || !hasPicture ? (
      words
    ) : (
      <span className="flex min-w-0 items-center gap-2.5">
        <span className="min-w-0 flex-1">{words}</span>
        <span className="relative size-9 shrink-0 overflow-hidden rounded-[0.3rem] bg-stage/10">
          <Suspense>
            <FilePreview view={file} />
          </Suspense>
        </span>
      </span>
    )
  const shape =
    'mb-1 block w-full min-w-0 rounded-[0.4rem] border-s-3 border-current bg-text/6 px-2.5 py-1 text-start text-meta'
  if (order === undefined || onJump === undefined) return <span className={shape}>{content}</span>
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      title={t`Show the message`}
      onClick={() => onJump(order)}
      className={cx(shape, 'hover:bg-text/10')}
    >
      <span className="sr-only">
        <Trans>In answer to:</Trans>{' '}
      </span>
      {content}
    </button>
  )
}

/** In one line, without links and names that lead anywhere; hidden text stays hidden. */
function PlainText(text: NonNullable<Quote['text']>) {
  return <bdi className="block truncate text-match">{withoutHidden(text).replaceAll(/\s+/g, ' ')}</bdi>
}
