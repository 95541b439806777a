import { useLingui } from '@lingui/react/macro'
import { toast as show, Toaster as Sonner } from 'sonner'

interface ToastOptions {
  readonly tone?: 'info' | 'success' | 'danger'
  readonly action?: { readonly label: string; readonly onClick: () => void }
  /** Stays until it is dismissed. */
  readonly persistent?: boolean
  /** Another toast with the same id takes its place. */
  readonly id?: string
}

/** A short word about what just happened, at the edge of the screen. Spoken politely. */
export function toast(text: string, { tone = 'info', action, persistent = false, id }: ToastOptions = {}): void {
  const options = {
    ...(action === undefined ? {} : { action }),
    ...(id === undefined ? {} : { id }),
    duration: persistent ? Infinity : 5_000,
  }
  if (tone === 'danger') show.error(text, options)
  else if (tone === 'success') show.success(text, options)
  else show(text, options)
}

/** Once, in the shell. */
export function Toaster() {
  const { t } = useLingui()
  return (
    <Sonner
      position="top-center"
      containerAriaLabel={t`Notifications`}
      className="font-sans"
      offset="calc(env(safe-area-inset-top) + 0.75rem)"
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-(--width) items-center gap-3 rounded-control border border-line bg-surface p-3.5 text-text shadow-float focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-ring',
          title: 'font-medium',
          content: 'flex-1',
          icon: 'shrink-0',
          success: '[&_[data-icon]]:text-success',
          error: '[&_[data-icon]]:text-danger',
          actionButton: 'min-h-8 shrink-0 rounded-control bg-accent px-3 text-meta font-semibold text-on-accent',
        },
      }}
    />
  )
}
