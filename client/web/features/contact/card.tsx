import type { ReactNode } from 'react'
import { cx } from '../../kit/index.ts'

interface CardProps {
  readonly title?: ReactNode
  readonly hint?: ReactNode
  readonly children?: ReactNode
  readonly className?: string
}

/** A group of what belongs together, under a heading. */
export function Card({ title, hint, children, className }: CardProps) {
  return (
    <section className={cx('rounded-card border border-line bg-surface p-4 wide:p-5', className)}>
      {title === undefined ? null : <h2 className="text-heading font-semibold">{title}</h2>}
      {hint === undefined ? null : <p className="mt-1 text-muted">{hint}</p>}
      {children === undefined ? null : (
        <div className={cx('flex flex-col gap-4', (title !== undefined || hint !== undefined) && 'mt-4')}>
          {children}
        </div>
      )}
    </section>
  )
}
