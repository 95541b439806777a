import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** Class names of an entry of a list of places, for a router link. `current` by `aria-current`. */
export const navItemClassName =
  'flex min-h-11 items-center gap-3 rounded-control px-3 py-2 text-text no-underline hover:bg-hover aria-[current=page]:bg-selected [&_svg]:size-5 [&_svg]:shrink-0'

/** A list of places to go; the entries are router links with `navItemClassName` and {@link NavItemContent}. */
export function NavList({ label, children, className }: { label: string; children: ReactNode; className?: string }) {
  return (
    <nav aria-label={label} className={className}>
      <ul className="flex flex-col gap-0.5">{children}</ul>
    </nav>
  )
}

interface NavItemContentProps {
  readonly icon?: ReactNode
  readonly label: ReactNode
  readonly hint?: ReactNode
  /** An arrow at the end on narrow screens, where the place opens over the list. */
  readonly arrow?: boolean
}

export function NavItemContent({ icon, label, hint, arrow = true }: NavItemContentProps) {
  return (
    <>
      {icon === undefined ? null : <span className="text-muted">{icon}</span>}
      <span className="min-w-0 flex-1">
        <span className="block">{label}</span>
        {hint === undefined ? null : <span className="block text-meta text-muted">{hint}</span>}
      </span>
      <ChevronRight aria-hidden className={cx('text-muted rtl:-scale-x-100 wide:hidden', !arrow && 'hidden')} />
    </>
  )
}
