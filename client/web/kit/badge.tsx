import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const TONES = {
  accent: 'bg-accent text-on-accent',
  muted: 'bg-hover text-muted',
  success: 'bg-success-soft text-success',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
} as const

interface BadgeProps {
  readonly tone?: keyof typeof TONES
  readonly icon?: ReactNode
  readonly children: ReactNode
  readonly className?: string
}

/** A count or a word in a pill. */
export function Badge({ tone = 'accent', icon, children, className }: BadgeProps) {
  return (
    <span
      className={cx(
        'inline-flex min-h-5 min-w-5 shrink-0 items-center justify-center gap-1 rounded-full px-1.5 text-meta font-semibold outline-1 -outline-offset-1 outline-transparent [&_svg]:size-3.5',
        TONES[tone],
        className,
      )}
    >
      {icon}
      {children}
    </span>
  )
}
