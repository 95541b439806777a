import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'
import { Spinner } from './spinner.tsx'

const VARIANTS = {
  // Borders that cannot be seen: where the system imposes its colours, they can.
  primary: 'border border-transparent bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-control bg-surface text-text hover:bg-hover',
  ghost: 'border border-transparent text-link hover:bg-hover',
  danger: 'border border-transparent bg-danger text-on-danger hover:opacity-90',
} as const

const SIZES = {
  small: 'min-h-8 px-3 text-meta',
  medium: 'min-h-10 px-4 text-body',
  large: 'min-h-12 px-5 text-body',
} as const

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  readonly variant?: keyof typeof VARIANTS
  readonly size?: keyof typeof SIZES
  readonly type?: 'button' | 'submit'
  /** Under way: shows a spinner, stays focusable and does nothing. */
  readonly busy?: boolean
  readonly icon?: ReactNode
}

/** A button with a text. Not disabled while busy, so that focus stays where it is. */
export function Button({ variant = 'primary', size = 'medium', type = 'button', busy = false, ...rest }: ButtonProps) {
  const { icon, children, className, onClick, disabled, ...props } = rest
  return (
    <button
      {...props}
      type={type}
      disabled={disabled}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
      className={cx(
        'inline-flex items-center justify-center gap-2 rounded-control py-1 text-center font-medium transition-colors select-none',
        'disabled:opacity-50 aria-disabled:opacity-70',
        VARIANTS[variant],
        SIZES[size],
        className,
      )}
    >
      {busy ? <Spinner /> : icon}
      {children}
    </button>
  )
}
