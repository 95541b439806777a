import { cx } from './cx.ts'

/** The shape of what is coming. Give it a size by `className`. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx('animate-pulse rounded-control bg-hover', className)} />
}
