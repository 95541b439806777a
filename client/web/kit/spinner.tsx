import { LoaderCircle } from 'lucide-react'
import { cx } from './cx.ts'

/** Something is under way. Decoration: say what, in text, beside it. */
export function Spinner({ className }: { className?: string }) {
  return <LoaderCircle aria-hidden className={cx('size-5 shrink-0 animate-spin', className)} />
}
