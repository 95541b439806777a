import { Plural, Trans } from '@lingui/react/macro'
import { ArrowDown } from 'lucide-react'

/** Back to the newest message; says how many new ones wait there. */
export function JumpButton({ unread, onClick }: { unread: number; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="absolute end-4 bottom-4 z-10 flex min-h-11 min-w-11 animate-enter items-center justify-center gap-2 rounded-full border border-line bg-surface px-3 font-semibold text-accent shadow-float hover:bg-hover"
    >
      <ArrowDown aria-hidden className="size-5" />
      {unread > 0 ? (
        <Plural value={unread} one="# new message" other="# new messages" />
      ) : (
        <span className="sr-only">
          <Trans>Jump to the latest message</Trans>
        </span>
      )}
    </button>
  )
}
