import { useLingui } from '@lingui/react/macro'
import { ArrowLeft } from 'lucide-react'
import type { ReactNode, Ref } from 'react'
import { IconButton } from '../../kit/index.ts'

interface PaneProps {
  readonly title: ReactNode
  readonly onBack: () => void
  readonly children: ReactNode
  /** The element that scrolls. */
  readonly scroller?: Ref<HTMLDivElement>
}

/** A screen that opens over a conversation or a list: a header with the way back, and one column that scrolls. */
export function Pane({ title, onBack, children, scroller }: PaneProps) {
  const { t } = useLingui()
  return (
    <section className="flex h-full min-h-0 min-w-0 flex-1 flex-col bg-background">
      <header className="flex min-h-14 items-center gap-1 border-b border-line bg-surface px-2">
        <IconButton label={t`Back`} onClick={onBack}>
          <ArrowLeft className="rtl:-scale-x-100" />
        </IconButton>
        <h1 tabIndex={-1} className="min-w-0 flex-1 truncate text-heading font-semibold">
          {title}
        </h1>
      </header>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto flex w-full max-w-2xl flex-col gap-6 p-4 pb-[max(2rem,env(safe-area-inset-bottom))] wide:p-6">
          {children}
        </div>
      </div>
    </section>
  )
}
