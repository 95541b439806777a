import type { MessageContent } from '#sdk/index.ts'
import { quotedFile } from '#sdk/session/annotations/quoted-file.ts'
import { cx } from '../../kit/index.ts'
import { FileLine } from '../media/file-line.tsx'
import { withoutHidden } from './text-shape.ts'

/** What a message says in one line, in which hidden text stays hidden. */
export function ContentLine({ content, className }: { content: MessageContent; className?: string }) {
  const file = content.kind === 'media' ? quotedFile(content.items) : undefined
  const { body, styles } = content.kind === 'text' || content.kind === 'media' ? content : {}
  const words = body === undefined ? undefined : withoutHidden({ body, ...(styles && { styles }) })
  return (
    <span className={cx('block min-w-0', className)}>
      {file === undefined ? (
        <bdi className="block truncate text-match">{words?.slice(0, 300).replaceAll(/\s+/g, ' ') ?? '…'}</bdi>
      ) : (
        <FileLine file={file} words={words} />
      )}
    </span>
  )
}
