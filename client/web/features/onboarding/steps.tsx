import { Trans } from '@lingui/react/macro'
import { useEffect, useRef } from 'react'
import { cx } from '../../kit/index.ts'

const STEPS = [1, 2, 3] as const

/** Where one is. `moveFocus`: the step came by itself, so its heading gets the focus and is read out. */
export function Steps({ current, moveFocus = false }: { current: (typeof STEPS)[number]; moveFocus?: boolean }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (moveFocus) element.current?.closest('main')?.querySelector('h1')?.focus()
  }, [moveFocus])
  return (
    <div ref={element} className="order-first flex items-center gap-3 text-meta text-muted">
      <span aria-hidden className="flex gap-1.5">
        {STEPS.map((step) => (
          <span
            key={step}
            className={cx(
              'h-1.5 rounded-full outline-1 outline-transparent',
              step <= current ? 'bg-accent' : 'bg-selected',
              step === current ? 'w-8' : 'w-4',
            )}
          />
        ))}
      </span>
      <Trans>Step {current} of 3</Trans>
    </div>
  )
}
