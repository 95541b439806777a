import { Tooltip as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface TooltipProps {
  /** What the child already says to a screen reader, for eyes. */
  readonly label: ReactNode
  readonly side?: 'top' | 'bottom'
  /** One element that takes a ref and props. */
  readonly children: ReactNode
}

/** A short text beside a control that shows no text. Appears on hover and on keyboard focus. */
export function Tooltip({ label, side = 'bottom', children }: TooltipProps) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 animate-enter rounded-control bg-text px-2.5 py-1 text-meta text-background shadow-float"
        >
          {label}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** Once, around the application. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return <Radix.Provider delayDuration={400}>{children}</Radix.Provider>
}
