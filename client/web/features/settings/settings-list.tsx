import { useLingui } from '@lingui/react/macro'
import { Link, useNavigate } from '@tanstack/react-router'
import {
  ArrowLeft,
  Bell,
  HardDrive,
  Info,
  Lock,
  type LucideIcon,
  MonitorSmartphone,
  Palette,
  Shield,
  UserRound,
} from 'lucide-react'
import { IconButton, NavItemContent, navItemClassName, NavList } from '../../kit/index.ts'
import { type Section, SECTIONS } from './section.ts'

const ICONS: Readonly<Record<Section, LucideIcon>> = {
  profile: UserRound,
  appearance: Palette,
  privacy: Shield,
  notifications: Bell,
  lock: Lock,
  devices: MonitorSmartphone,
  storage: HardDrive,
  about: Info,
}

export function useSectionTitle(): (section: Section) => string {
  const { t } = useLingui()
  return (section) => {
    switch (section) {
      case 'profile':
        return t`Profile`
      case 'appearance':
        return t`Appearance`
      case 'privacy':
        return t`Privacy`
      case 'notifications':
        return t`Notifications`
      case 'lock':
        return t`App lock and recovery`
      case 'devices':
        return t`Devices`
      case 'storage':
        return t`Storage`
      case 'about':
        return t`About`
    }
  }
}

export function SettingsList({ current }: { readonly current: Section | undefined }) {
  const { t } = useLingui()
  const title = useSectionTitle()
  const navigate = useNavigate()
  return (
    <>
      <header className="flex min-h-14 items-center gap-1 border-b border-line bg-surface px-2">
        <IconButton label={t`Back to conversations`} onClick={() => void navigate({ to: '/' })}>
          <ArrowLeft className="rtl:-scale-x-100" />
        </IconButton>
        <h1 tabIndex={-1} className="min-w-0 flex-1 truncate text-heading font-semibold">
          {t`Settings`}
        </h1>
      </header>
      <NavList label={t`Settings`} className="min-h-0 flex-1 overflow-y-auto p-2">
        {SECTIONS.map((section) => {
          const Icon = ICONS[section]
          return (
            <li key={section}>
              <Link
                to="/settings/{-$section}"
                params={{ section }}
                aria-current={current === section ? 'page' : undefined}
                className={navItemClassName}
              >
                <NavItemContent icon={<Icon aria-hidden />} label={title(section)} />
              </Link>
            </li>
          )
        })}
      </NavList>
    </>
  )
}
