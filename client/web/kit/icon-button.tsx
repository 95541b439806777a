import type { ComponentProps, ReactNode } from 'react'
import { cx } from './cx.ts'
import { Tooltip } from './tooltip.tsx'

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'aria-label' | 'children'> {
  /** Its name: spoken, and shown as a tooltip. */
  readonly label: string
  /** An icon of lucide-react. */
  readonly children: ReactNode
  readonly type?: 'button' | 'submit'
  readonly variant?: 'plain' | 'primary'
  /** Without it the label stands in a tooltip too. */
  readonly tooltip?: boolean
}

/** A button with an icon alone, 40 px square. */
export function IconButton({ label, variant = 'plain', type = 'button', tooltip = true, ...rest }: IconButtonProps) {
  const { className, children, ...props } = rest
  const button = (
    <button
      {...props}
      type={type}
      aria-label={label}
      className={cx(
        'inline-flex size-10 shrink-0 items-center justify-center rounded-control transition-colors disabled:opacity-50',
        '[&_svg]:size-5 [&_svg]:shrink-0',
        variant === 'primary'
          ? 'bg-accent text-on-accent hover:bg-accent-strong'
          : 'text-muted hover:bg-hover hover:text-text aria-pressed:bg-selected aria-pressed:text-text',
        className,
      )}
    >
      {children}
    </button>
  )
  return tooltip ? <Tooltip label={label}>{button}</Tooltip> : button
}
