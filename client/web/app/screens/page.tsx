import type { ReactNode } from 'react'
import { Logo } from '../logo.tsx'

interface PageProps {
  readonly title: ReactNode
  readonly children: ReactNode
  /** Above the title, in the place of the logo; `null` for nothing. */
  readonly lead?: ReactNode
}

/** A screen of its own in the middle of the window: before and beside the conversations. */
export function Page({ title, children, lead }: PageProps) {
  return (
    <main className="grid h-full overflow-y-auto bg-background p-4 pt-[max(1rem,env(safe-area-inset-top))] pb-[max(1rem,env(safe-area-inset-bottom))]">
      <div className="m-auto flex w-full max-w-md animate-enter flex-col gap-5 py-4 wide:rounded-card wide:border wide:border-line wide:bg-surface wide:p-8 wide:shadow-float">
        {lead === undefined ? <Logo className="size-14" /> : lead}
        <h1 tabIndex={-1} className="text-title font-bold">
          {title}
        </h1>
        {children}
      </div>
    </main>
  )
}
