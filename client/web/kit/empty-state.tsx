import type { ReactNode } from 'react'

interface EmptyStateProps {
  readonly icon?: ReactNode
  readonly title: ReactNode
  /** The title is the heading of the whole page. */
  readonly isPage?: boolean
  /** What to do next. */
  readonly children?: ReactNode
  readonly action?: ReactNode
}

/** There is nothing here: why, and what to do. */
export function EmptyState({ icon, title, isPage = false, children, action }: EmptyStateProps) {
  const Title = isPage ? 'h1' : 'p'
  return (
    <div className="m-auto flex max-w-sm flex-col items-center gap-3 p-6 text-center">
      {icon === undefined ? null : (
        <span aria-hidden className="grid size-16 place-items-center rounded-full bg-own text-on-own [&_svg]:size-7">
          {icon}
        </span>
      )}
      <Title className="text-heading font-semibold">{title}</Title>
      {children === undefined ? null : <div className="text-muted">{children}</div>}
      {action === undefined ? null : <div className="pt-1">{action}</div>}
    </div>
  )
}
