import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

const TONES = {
  info: { className: 'bg-info-soft', iconClassName: 'text-accent', Icon: Info },
  success: { className: 'bg-success-soft', iconClassName: 'text-success', Icon: CircleCheck },
  warning: { className: 'bg-warning-soft', iconClassName: 'text-warning', Icon: TriangleAlert },
  danger: { className: 'bg-danger-soft', iconClassName: 'text-danger', Icon: CircleAlert },
} as const

interface BannerProps {
  readonly tone?: keyof typeof TONES
  readonly icon?: ReactNode
  readonly title?: ReactNode
  readonly children?: ReactNode
  /** Buttons at the end. */
  readonly action?: ReactNode
  readonly className?: string
}

/** Something to know, where it matters. Not a live region: announce what is urgent. */
export function Banner({ tone = 'info', icon, title, children, action, className }: BannerProps) {
  const { Icon, ...tones } = TONES[tone]
  return (
    <div
      className={cx(
        'flex flex-wrap items-center gap-x-3 gap-y-2 rounded-control px-3.5 py-2.5',
        tones.className,
        className,
      )}
    >
      <span className={cx('shrink-0 [&_svg]:size-5', tones.iconClassName)}>{icon ?? <Icon aria-hidden />}</span>
      <div className="min-w-48 flex-1">
        {title === undefined ? null : <p className="font-semibold">{title}</p>}
        {children === undefined ? null : <div className="text-meta">{children}</div>}
      </div>
      {action}
    </div>
  )
}
