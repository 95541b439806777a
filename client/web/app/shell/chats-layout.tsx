import { useLingui } from '@lingui/react/macro'
import { Outlet, useLocation } from '@tanstack/react-router'
import { ConversationList } from '../../features/conversations/conversation-list.tsx'
import { cx } from '../../kit/index.ts'
import { ErrorBoundary } from '../screens/crashed.tsx'
import { useWide } from './use-wide.ts'

/** The list, and what is open beside it. Below 48 rem there is room for one of the two: the address says which. */
export function ChatsLayout() {
  const { t } = useLingui()
  const { pathname } = useLocation()
  const listAlone = pathname === '/'
  const wide = useWide()
  return (
    <div className="flex h-full min-h-0">
      <section
        data-section
        tabIndex={-1}
        // Alone on the page, it is what the page is about.
        role={listAlone && !wide ? 'main' : undefined}
        aria-label={t`Conversations`}
        className={cx(
          'min-h-0 w-full flex-col border-line bg-sidebar outline-offset-[-2px] wide:flex wide:w-84 wide:shrink-0 wide:border-e',
          listAlone ? 'flex' : 'hidden',
        )}
      >
        <ErrorBoundary>
          <ConversationList />
        </ErrorBoundary>
      </section>
      <main
        id="pane"
        data-section
        tabIndex={-1}
        className={cx('min-h-0 min-w-0 flex-1 flex-col outline-offset-[-2px] wide:flex', listAlone ? 'hidden' : 'flex')}
      >
        <Outlet />
      </main>
    </div>
  )
}
