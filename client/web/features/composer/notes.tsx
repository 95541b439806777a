import { Plural, Trans } from '@lingui/react/macro'
import { Timer } from 'lucide-react'
import { useEffect, useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import { useConnection } from '../../state/index.ts'
import { clockText } from '../groups/duration.ts'
import type { Room } from './size.ts'

/** A short interruption is not worth a word. */
const SETTLED_MS = 2_500

function useOffline(): boolean {
  const away = useConnection().state !== 'online'
  const [settled, setSettled] = useState(false)
  useEffect(() => {
    if (!away) {
      setSettled(false)
      return undefined
    }
    const timer = setTimeout(() => setSettled(true), SETTLED_MS)
    return () => clearTimeout(timer)
  }, [away])
  return away && settled
}

interface ComposerNotesProps {
  readonly room: Room
  /** Styled passages that the message can have yet. */
  readonly styleRoom: number
  readonly written: boolean
  /** What is left of a slow mode's pause, in milliseconds. */
  readonly slowMs: number
}

/** Under the text field: what a writer should know now. */
export function ComposerNotes({ room, styleRoom, written, slowMs }: ComposerNotesProps) {
  const offline = useOffline()
  const { left, near } = room
  if (near) {
    return (
      <p className={`ps-22 pe-12 pt-1 text-meta ${left < 0 ? 'text-danger' : 'text-muted'}`}>
        {left < 0 ? (
          <Trans>
            Too long for one message (24 KiB) by <Plural value={-left} one="# byte" other="# bytes" />. Split it in two.
          </Trans>
        ) : (
          <Plural value={left} one="# byte is left in this message." other="# bytes are left in this message." />
        )}
      </p>
    )
  }
  if (styleRoom < 0) {
    return (
      <p className="ps-22 pe-12 pt-1 text-meta text-danger">
        <Trans>
          A message can have {LIMITS.styleRanges} formatted passages. Take the formatting off{' '}
          <Plural value={-styleRoom} one="one of them" other="# of them" />, or split the message in two.
        </Trans>
      </p>
    )
  }
  if (slowMs > 0) {
    return (
      <p role="timer" className="flex items-center gap-1.5 ps-22 pe-12 pt-1 text-meta text-muted">
        <Timer aria-hidden className="size-4 shrink-0" />
        <Trans>Slow mode: you can send again in {clockText(slowMs)}.</Trans>
      </p>
    )
  }
  if (!offline || !written) return null
  return (
    <p className="ps-22 pe-12 pt-1 text-meta text-muted">
      <Trans>You are offline. This will be sent when the connection is back.</Trans>
    </p>
  )
}
