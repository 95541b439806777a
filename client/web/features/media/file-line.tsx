import { useLingui } from '@lingui/react/macro'
import type { QuotedFile } from '#sdk/index.ts'
import { oneLine } from '../conversations/one-line.ts'
import { isVisible } from '../timeline/text-shape.ts'
import { minutesText } from './minutes.ts'
import { ViewName } from './view-name.tsx'

interface FileLineProps {
  readonly file: QuotedFile
  /** What is written below them, in which hidden text is hidden. */
  readonly words?: string | undefined
}

/** Files in one line: what the first is, how many follow, and their words, or else its name or length. */
export function FileLine({ file: { view, name, duration, count }, words = '' }: FileLineProps) {
  const { i18n } = useLingui()
  const said = isVisible(words) ? words : (name ?? '')
  return (
    <span className="flex min-w-0">
      <span className="flex shrink-0 font-medium">
        <ViewName view={view} />
      </span>
      {count > 1 ? (
        <bdi className="me-1.5 shrink-0 font-medium">
          {new Intl.NumberFormat(i18n.locale, { signDisplay: 'always' }).format(count - 1)}
        </bdi>
      ) : null}
      {said !== '' && (view !== 'voice' || said === words) ? (
        <bdi className="min-w-0 flex-1 truncate text-match">{oneLine(said)}</bdi>
      ) : duration === undefined ? null : (
        <span className="tabular-nums">{minutesText(duration / 1_000)}</span>
      )}
    </span>
  )
}
