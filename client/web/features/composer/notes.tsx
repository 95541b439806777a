import { Plural, Trans } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import { useConnection } from '../../state/index.ts'
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

/** Under the text field: what a writer should know now. */
export function ComposerNotes({ room, written }: { room: Room; written: boolean }) {
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
  if (!offline || !written) return null
  return (
    <p className="ps-22 pe-12 pt-1 text-meta text-muted">
      <Trans>You are offline. This will be sent when the connection is back.</Trans>
    </p>
  )
}
