import { useLingui } from '@lingui/react/macro'
import { type ReactNode, memo, useMemo, useState } from 'react'
import type { Mention, StyleRange } from '#protocol/content/content.ts'
import { cx } from '../../kit/index.ts'
import { MentionText } from './mention-text.tsx'
import { type Segment, runsOf, segmentsOf } from './text-segments.ts'

/** One segment's own styles, as elements that say what they are. */
function Styled({ segment: { text, styles } }: { segment: Segment }): ReactNode {
  let node: ReactNode = text
  if (styles.has('monospace')) {
    node = <code className="rounded-[0.3rem] bg-text/8 px-1 font-mono text-[0.93em] box-decoration-clone">{node}</code>
  }
  if (styles.has('strikethrough')) node = <s>{node}</s>
  if (styles.has('italic')) node = <em>{node}</em>
  if (styles.has('bold')) node = <strong className="font-semibold">{node}</strong>
  return node
}

function Texts({ segments }: { segments: readonly Segment[] }) {
  return segments.map((segment) => <Styled key={segment.start} segment={segment} />)
}

/** One link, or one name, cut by the styles in it. */
function leadsToSame(a: Segment, b: Segment): boolean {
  return a.mention === undefined ? a.link !== undefined && a.link.href === b.link?.href : a.mention === b.mention
}

/** Segments with their links. The host stands beside an address whose letters pass for others. */
function Linked({ segments }: { segments: readonly Segment[] }) {
  return runsOf(segments, leadsToSame).map((run) => {
    const [first] = run
    if (first?.mention !== undefined) {
      return (
        <MentionText key={first.start} account={first.mention}>
          <Texts segments={run} />
        </MentionText>
      )
    }
    if (first?.link === undefined) return <Texts key={first?.start} segments={run} />
    const { href, host } = first.link
    return (
      <span key={first.start}>
        <a
          href={href}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className="font-medium underline decoration-1 underline-offset-2 hover:decoration-2"
        >
          <Texts segments={run} />
        </a>
        {host === undefined ? null : <bdi className="ms-1 font-mono text-[0.86em]">({host})</bdi>}
      </span>
    )
  })
}

/** Covered until it is asked for; covered text is neither read out nor reached by keys. */
function Spoiler({ segments }: { segments: readonly Segment[] }) {
  const { t } = useLingui()
  const [open, setOpen] = useState(false)
  if (open) {
    return (
      <span className="rounded-[0.3rem] bg-text/12 box-decoration-clone">
        <Linked segments={segments} />
      </span>
    )
  }
  return (
    <button
      type="button"
      aria-label={t`Hidden text. Show it.`}
      title={t`Show hidden text`}
      onClick={() => setOpen(true)}
      className="spoiler inline rounded-[0.3rem] bg-text/75 text-start text-transparent select-none box-decoration-clone hover:bg-text/65 forced-colors:bg-[CanvasText] forced-colors:[forced-color-adjust:none]"
    >
      <span aria-hidden>
        <Texts segments={segments} />
      </span>
    </button>
  )
}

interface RichTextProps {
  readonly body: string
  readonly styles?: readonly StyleRange[] | undefined
  readonly mentions?: readonly Mention[] | undefined
  /** Shows the text up to here only. */
  readonly end?: number | undefined
  readonly className?: string
  /** Room at the end of the last line, as wide as this text. */
  readonly room?: string | undefined
}

/** A message's text as nodes. Each paragraph takes its own direction, and nothing inside reaches out of it. */
export const RichText = memo(function RichText({ body, styles, mentions, end, className, room }: RichTextProps) {
  const runs = useMemo(
    () =>
      runsOf(
        segmentsOf(body, { styles, mentions }, end),
        (a, b) => a.styles.has('spoiler') === b.styles.has('spoiler'),
      ),
    [body, styles, mentions, end],
  )
  return (
    <span
      dir="auto"
      className={cx(
        'block overflow-clip whitespace-pre-wrap [overflow-wrap:anywhere] [unicode-bidi:plaintext]',
        className,
      )}
    >
      {runs.map((run) =>
        run[0]?.styles.has('spoiler') === true ? (
          <Spoiler key={run[0].start} segments={run} />
        ) : (
          <Linked key={run[0]?.start} segments={run} />
        ),
      )}
      {/* By a pseudo-element, so that it is neither read, searched nor copied. */}
      {room === undefined ? null : (
        <span
          aria-hidden
          data-room={room}
          className="invisible ms-2.5 inline-block text-[0.75rem] leading-4 whitespace-nowrap select-none before:content-[attr(data-room)]"
        />
      )}
    </span>
  )
})
