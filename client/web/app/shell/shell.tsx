import { Trans, useLingui } from '@lingui/react/macro'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useUnreadCount } from '../../state/index.ts'
import { focusMain } from '../focus.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { KeyLogBanner } from './key-log-banner.tsx'
import { MessageAnnouncements } from './message-announcements.tsx'
import { NewDeviceBanner } from './new-device-banner.tsx'
import { Notifications } from './notifications.tsx'
import { PushRenewal } from './push-renewal.tsx'
import { RevokedBanner } from './revoked-banner.tsx'
import { Shortcuts } from './shortcuts.tsx'

/** What stands around every screen of an account. */
export function Shell() {
  useTitle()
  useFocusAfterNavigation()
  return (
    <div className="flex h-full flex-col ps-[env(safe-area-inset-left)] pe-[env(safe-area-inset-right)] pt-[env(safe-area-inset-top)]">
      <a
        href="#pane"
        className="sr-only z-50 rounded-control bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:absolute focus:start-2 focus:top-2"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('pane')?.focus()
        }}
      >
        <Trans>Skip to the open conversation</Trans>
      </a>
      <RevokedBanner />
      <ConnectionBanner />
      <KeyLogBanner />
      <NewDeviceBanner />
      <div className="min-h-0 flex-1">
        <Outlet />
      </div>
      <Shortcuts />
      <MessageAnnouncements />
      <Notifications />
      <PushRenewal />
    </div>
  )
}

/** How many conversations wait, where a tab shows it. */
function useTitle(): void {
  const { i18n } = useLingui()
  const unread = useUnreadCount()
  useEffect(() => {
    document.title = unread === 0 ? 'SilentRelay' : `(${i18n.number(unread)}) SilentRelay`
  }, [unread, i18n, i18n.locale])
}

/** A screen that goes away takes the focus with it: then the new one gets it, so that reading goes on there. */
function useFocusAfterNavigation(): void {
  // The address changes first, the screen when its code is there.
  const shown = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname })
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const { activeElement } = document
      if (activeElement !== null && activeElement !== document.body && activeElement.checkVisibility()) return
      focusMain()
    })
    return () => cancelAnimationFrame(frame)
  }, [shown])
}
