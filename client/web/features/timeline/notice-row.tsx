import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { FileLock2, ShieldAlert, ShieldCheck, Unplug } from 'lucide-react'
import type { ReactNode } from 'react'
import { clockTime } from '../conversations/times.ts'
import { Notice } from './notice.tsx'
import type { NoticeItem } from './rows.ts'

export type Explained = 'undecryptable' | 'gap'

interface NoticeRowProps {
  readonly item: NoticeItem
  readonly conversation: string
  readonly name: string
  readonly onExplain: (what: Explained, asked: boolean) => void
}

const ACTION = 'inline-flex min-h-6 items-center rounded-[0.3rem] font-semibold text-link underline underline-offset-2'

/** What happened besides messages: in words, with what to do. */
export function NoticeRow({ item, conversation, name, onExplain }: NoticeRowProps) {
  const { i18n } = useLingui()
  const time = <time className="whitespace-nowrap text-muted">{clockTime(i18n.locale, item.at)}</time>
  const safety = (label: ReactNode) => (
    <Link to="/c/$id/safety" params={{ id: conversation }} className={ACTION}>
      {label}
    </Link>
  )
  const explain = (what: Explained) => (
    <button type="button" className={ACTION} onClick={() => onExplain(what, item.asked === true)}>
      <Trans>What does this mean?</Trans>
    </button>
  )
  switch (item.notice) {
    case 'identityChanged':
      return (
        <Notice tone="bg-warning-soft" icon={<ShieldAlert aria-hidden className="text-warning" />}>
          <p>
            <Trans>
              The safety number with <bdi>{name}</bdi> changed. Perhaps they have a new device; check that it is them.
            </Trans>{' '}
            {time}
          </p>
          {safety(<Trans>Compare safety numbers</Trans>)}
        </Notice>
      )
    case 'identityAccepted':
      return (
        <Notice tone="bg-info-soft" icon={<ShieldCheck aria-hidden className="text-accent" />}>
          <p>
            <Trans>
              You accepted the new safety number of <bdi>{name}</bdi>.
            </Trans>{' '}
            {time}
          </p>
          {safety(<Trans>View safety number</Trans>)}
        </Notice>
      )
    case 'undecryptable':
      return (
        <Notice tone="bg-surface border border-line" icon={<FileLock2 aria-hidden className="text-muted" />}>
          <p>
            <Trans>A message could not be decrypted.</Trans>{' '}
            {item.asked === true ? (
              <Trans>Their device was asked to send it again.</Trans>
            ) : (
              <Trans>Please ask them to send it again.</Trans>
            )}{' '}
            {time}
          </p>
          {explain('undecryptable')}
        </Notice>
      )
    case 'gap':
      return (
        <Notice tone="bg-surface border border-line" icon={<Unplug aria-hidden className="text-muted" />}>
          <p>
            <Trans>Messages may be missing here.</Trans> {time}
          </p>
          {explain('gap')}
        </Notice>
      )
  }
}
