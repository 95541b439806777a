import { useLingui } from '@lingui/react/macro'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'
import { IconButton } from './icon-button.tsx'

export interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: ReactNode
  /** One or two sentences under the title; read out with it. */
  readonly description?: ReactNode
  readonly children?: ReactNode
  /** The buttons, at the end. */
  readonly footer?: ReactNode
  readonly wide?: boolean
  /** Cannot be left but by its buttons. */
  readonly blocking?: boolean
}

/** A modal dialog: focus goes in, stays, and returns to where it was. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  wide = false,
  ...rest
}: DialogProps) {
  const { t } = useLingui()
  const { blocking = false } = rest
  const stay = (event: Event) => {
    if (blocking) event.preventDefault()
  }
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        {/* One column of the window's width: an implicit one would grow to the longest line that does not wrap. */}
        <Radix.Overlay className="fixed inset-0 z-40 grid grid-cols-1 items-end justify-items-center overflow-y-auto bg-scrim wide:items-center wide:p-6">
          <Radix.Content
            {...(description === undefined ? { 'aria-describedby': undefined } : {})}
            onEscapeKeyDown={stay}
            onInteractOutside={stay}
            className={cx(
              'relative w-full animate-enter rounded-t-card border border-transparent bg-surface p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] text-text shadow-float wide:rounded-card wide:p-6',
              wide ? 'wide:max-w-2xl' : 'wide:max-w-md',
            )}
          >
            <div className="flex items-start gap-3">
              <Radix.Title className="flex-1 pt-1.5 text-heading font-semibold">{title}</Radix.Title>
              {blocking ? null : (
                <Radix.Close asChild>
                  <IconButton label={t`Close`} tooltip={false}>
                    <X />
                  </IconButton>
                </Radix.Close>
              )}
            </div>
            {description === undefined ? null : (
              <Radix.Description className="mt-1 text-muted">{description}</Radix.Description>
            )}
            {children === undefined ? null : <div className="mt-4">{children}</div>}
            {footer === undefined ? null : <div className="mt-6 flex flex-wrap justify-end gap-2">{footer}</div>}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
