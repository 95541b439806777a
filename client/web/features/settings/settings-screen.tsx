import { useLingui } from '@lingui/react/macro'
import { useNavigate, useParams } from '@tanstack/react-router'
import { ArrowLeft } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { useWide } from '../../app/shell/use-wide.ts'
import { cx, IconButton, Skeleton } from '../../kit/index.ts'
import { useProfile } from '../../state/index.ts'
import type { OwnProfile } from '../../engine/api.ts'
import { type Section, sectionOf } from './section.ts'
import { SettingsList, useSectionTitle } from './settings-list.tsx'
import { AboutSection } from './sections/about.tsx'
import { AppearanceSection } from './sections/appearance.tsx'
import { DevicesSection } from './sections/devices.tsx'
import { LockSection } from './sections/lock.tsx'
import { NotificationsSection } from './sections/notifications.tsx'
import { PrivacySection } from './sections/privacy.tsx'
import { ProfileSection } from './sections/profile.tsx'
import { StorageSection } from './sections/storage.tsx'

/** List and section side by side where there is room; on a phone the section covers the list. */
export function SettingsScreen() {
  const { t } = useLingui()
  const { section: named } = useParams({ from: '/settings/{-$section}' })
  const section = sectionOf(named)
  const wide = useWide()
  return (
    <div className="flex h-full min-h-0">
      <section
        data-section
        tabIndex={-1}
        // Alone on the page, it is what the page is about.
        role={section === undefined && !wide ? 'main' : undefined}
        aria-label={t`Settings`}
        className={cx(
          'min-h-0 w-full flex-col bg-sidebar outline-offset-[-2px] wide:flex wide:w-84 wide:shrink-0 wide:border-e wide:border-line',
          section === undefined ? 'flex' : 'hidden',
        )}
      >
        <SettingsList current={section ?? (wide ? 'profile' : undefined)} />
      </section>
      <main
        id="pane"
        data-section
        tabIndex={-1}
        className={cx(
          'min-h-0 min-w-0 flex-1 flex-col outline-offset-[-2px] wide:flex',
          section === undefined ? 'hidden' : 'flex',
        )}
      >
        <SectionPane key={section ?? 'profile'} section={section ?? 'profile'} chosen={section !== undefined} />
      </main>
    </div>
  )
}

interface SectionPaneProps {
  readonly section: Section
  /** Named by the address, not only shown because there is room. */
  readonly chosen: boolean
}

function SectionPane({ section, chosen }: SectionPaneProps) {
  const { t } = useLingui()
  const title = useSectionTitle()
  const navigate = useNavigate()
  const profile = useProfile()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (chosen) heading.current?.focus()
  }, [chosen])
  return (
    <>
      <header className="flex min-h-14 items-center gap-1 border-b border-line bg-surface px-2 wide:px-6">
        <span className="wide:hidden">
          <IconButton
            label={t`Back to settings`}
            onClick={() => void navigate({ to: '/settings/{-$section}', params: {} })}
          >
            <ArrowLeft className="rtl:-scale-x-100" />
          </IconButton>
        </span>
        <h1 ref={heading} tabIndex={-1} className="min-w-0 flex-1 truncate text-heading font-semibold">
          {title(section)}
        </h1>
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div className="mx-auto flex w-full max-w-2xl flex-col gap-4 p-4 pb-[max(2rem,env(safe-area-inset-bottom))] wide:p-6">
          {profile === undefined ? <Skeleton className="h-40 w-full" /> : contentOf(section, profile)}
        </div>
      </div>
    </>
  )
}

function contentOf(section: Section, profile: OwnProfile): ReactNode {
  switch (section) {
    case 'profile':
      return <ProfileSection profile={profile} />
    case 'appearance':
      return <AppearanceSection />
    case 'privacy':
      return <PrivacySection settings={profile.settings} />
    case 'notifications':
      return <NotificationsSection />
    case 'lock':
      return <LockSection profile={profile} />
    case 'devices':
      return <DevicesSection />
    case 'storage':
      return <StorageSection />
    case 'about':
      return <AboutSection />
  }
}
