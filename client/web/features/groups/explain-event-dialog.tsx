import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Button, Dialog } from '../../kit/index.ts'
import type { EventItem } from '../timeline/rows.ts'
import { EventText } from './event-text.tsx'

interface Explanation {
  readonly title: ReactNode
  readonly what: ReactNode
  readonly todo: readonly ReactNode[]
}

function explanationOf(event: EventItem['event']): Explanation {
  if (event.event === 'historyForked') {
    return {
      title: <Trans>Members were shown different messages</Trans>,
      what: (
        <Trans>
          Each message says what its author had seen before it, and this does not fit what this device has seen. The
          server should show everybody the same. It still cannot read anything, but it may have held messages back, or
          changed their order.
        </Trans>
      ),
      todo: [
        <Trans key="ask">Ask them, by another way, which messages they see here.</Trans>,
        <Trans key="trust">Do not rely on everybody having read what you wrote.</Trans>,
        <Trans key="tell">Tell whoever runs the server. If it happens again, move to another one.</Trans>,
      ],
    }
  }
  if (event.event === 'broken') {
    return {
      title: <Trans>This group was stopped</Trans>,
      what: (
        <Trans>
          The server let a change through that the group’s own rules forbid, for example by somebody who may not make
          it. Your device did not accept it, and sends nothing here any more, so that nobody can read along unseen. What
          you wrote before is safe.
        </Trans>
      ),
      todo: [
        <Trans key="new">Start again, in a new group with the people you trust.</Trans>,
        <Trans key="tell">Tell the others by another way, and whoever runs the server.</Trans>,
      ],
    }
  }
  return {
    title: <Trans>Messages may be missing</Trans>,
    what: (
      <Trans>
        This device was away for so long that the server no longer had everything, or it could not decrypt a part. The
        server keeps messages for 30 days, and cannot read them.
      </Trans>
    ),
    todo: [<Trans key="ask">Ask in the group for what you miss.</Trans>],
  }
}

/** What a warning of a group means, in plain words, and what to do. */
export default function ExplainEventDialog({ item, onClose }: { item: EventItem; onClose: () => void }) {
  const { title, what, todo } = explanationOf(item.event)
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={title}
      description={what}
      footer={
        <Button variant="secondary" onClick={onClose}>
          <Trans>Close</Trans>
        </Button>
      }
    >
      {item.event.event === 'missed' ? null : (
        <p className="mb-3 rounded-control bg-warning-soft px-3 py-2 text-meta">
          <EventText event={item.event} names={item.names} />
        </p>
      )}
      <h3 className="font-semibold">
        <Trans>What you can do</Trans>
      </h3>
      <ul className="mt-1 flex list-disc flex-col gap-1 ps-5">
        {todo.map((text, index) => (
          <li key={index}>{text}</li>
        ))}
      </ul>
    </Dialog>
  )
}
