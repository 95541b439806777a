import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { MessageCirclePlus, TextSearch } from 'lucide-react'
import { showSearch } from '../../app/shell/shortcuts.tsx'
import { Avatar, IconButton, Tooltip } from '../../kit/index.ts'
import { useProfile } from '../../state/index.ts'

const ICON_LINK = 'grid size-10 shrink-0 place-items-center rounded-control text-muted hover:bg-hover hover:text-text'

/** Above the list: the own picture leads to the settings, the pen to a new conversation. */
export function ListHeader() {
  const { t } = useLingui()
  const profile = useProfile()
  const name = profile?.name ?? profile?.username ?? ''
  return (
    <header className="flex min-h-14 items-center gap-3 ps-4.5 pe-2.5">
      <Tooltip label={t`Settings`}>
        <Link to="/settings/{-$section}" params={{}} aria-label={t`Settings`} className="rounded-full">
          <Avatar id={profile?.account ?? ''} name={name} size="small" />
        </Link>
      </Tooltip>
      <h1 tabIndex={-1} className="min-w-0 flex-1 truncate text-heading font-semibold">
        <Trans>Chats</Trans>
      </h1>
      <IconButton label={t`Search messages`} onClick={showSearch}>
        <TextSearch />
      </IconButton>
      <Tooltip label={t`New conversation`}>
        <Link to="/new" aria-label={t`New conversation`} className={ICON_LINK}>
          <MessageCirclePlus aria-hidden className="size-5" />
        </Link>
      </Tooltip>
    </header>
  )
}
