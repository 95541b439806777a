import type { ReactNode } from 'react'
import { cx } from '../../kit/index.ts'

interface NoticeProps {
  readonly icon: ReactNode
  /** Classes of its ground. */
  readonly tone: string
  readonly children: ReactNode
}

/** A box in the middle of a timeline, for what is more than a line. */
export function Notice({ icon, tone, children }: NoticeProps) {
  return (
    <div className="flex justify-center px-3 pt-1 pb-3">
      <div
        className={cx(
          'flex max-w-lg items-start gap-2.5 rounded-control px-3.5 py-2 text-meta [&>svg]:mt-0.5 [&>svg]:size-4 [&>svg]:shrink-0',
          tone,
        )}
      >
        {icon}
        <div className="min-w-0">{children}</div>
      </div>
    </div>
  )
}
