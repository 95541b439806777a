import { useLingui } from '@lingui/react/macro'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { nameOf } from '../../features/conversations/name-of.ts'
import { useConversations } from '../../state/index.ts'
import { announce } from '../announcer.tsx'
import { arrivals, type Seen, seenIn } from './arrivals.ts'

/** Names are other people's text: long ones are cut. */
const NAME_MAX = 60

/** Says to screen readers that a message came, and from whom: one sentence, however many there are. */
export function MessageAnnouncements() {
  const { t } = useLingui()
  const rows = useConversations()
  const open = useParams({ strict: false }).id
  const seen = useRef<Seen>(undefined)
  useEffect(() => {
    const before = seen.current
    seen.current = seenIn(rows)
    if (before === undefined) return
    const senders = arrivals(rows, before).filter((row) => row.unread > 0 || row.id === open)
    const [first] = senders
    if (first === undefined) return
    const name = (nameOf(first) ?? t`someone new`).slice(0, NAME_MAX).toWellFormed()
    if (senders.length > 1) announce(t`New messages in several conversations`)
    else if (first.id === open) {
      const author =
        nameOf({ name: first.preview?.author ?? '' })
          ?.slice(0, NAME_MAX)
          .toWellFormed() ?? name
      announce(`${author}: ${(first.preview?.text ?? '').slice(0, 300).toWellFormed()}`)
    } else if (first.group !== undefined) announce(t`New message in ${name}`)
    else announce(t`New message from ${name}`)
  }, [rows, open, t])
  return null
}
