import { Trans, useLingui } from '@lingui/react/macro'
import { CircleHelp, Hourglass, ShieldAlert, ShieldCheck } from 'lucide-react'
import { type ReactNode, useCallback } from 'react'
import type { KeyLogStatus } from '#sdk/index.ts'
import type { TrustView } from '../../../engine/api.ts'
import { Banner, Button } from '../../../kit/index.ts'
import { useApi, useConnection } from '../../../state/index.ts'
import { dateTime } from '../../conversations/times.ts'
import { saveTextFile } from '../../onboarding/save-text-file.ts'
import { Asked } from '../../settings/asked.tsx'
import { useAnswer } from '../../settings/use-answer.ts'
import { Card } from '../card.tsx'
import { WitnessList } from './witness-list.tsx'

interface TrustCardProps {
  /** The contact. */
  readonly id: string
  readonly name: string
}

/** Why a contact's keys are believed: what the public record shows of them, who watches the record, and when it was looked at. */
export default function TrustCard({ id, name }: TrustCardProps) {
  const api = useApi()
  // What is wrong with the record, or waits for it, changes what is to be said here.
  const { keyLogAlarms = [], unproven = 0 } = useConnection()
  const { answer, again } = useAnswer(
    useCallback(() => api.trust(id), [api, id]),
    keyLogAlarms.length * 1_000 + unproven,
  )
  return (
    <Card title={<Trans>Why you can trust this</Trans>}>
      <Asked answer={answer} again={again}>
        {(trust) => <Trust id={id} name={name} trust={trust} again={again} />}
      </Asked>
    </Card>
  )
}

function Trust({ id, name, trust, again }: TrustCardProps & { readonly trust: TrustView; readonly again: () => void }) {
  const api = useApi()
  const { contact, own } = trust
  const { log } = contact
  const save = async () => {
    const evidence: unknown = JSON.parse(await api.keyLogEvidence())
    saveTextFile('silentrelay-trust.json', JSON.stringify({ account: id, ...trust, evidence }, null, 2))
  }
  return (
    <>
      <Verdict status={contact} name={name} />
      {contact.otherLogSince === undefined ? null : (
        <Banner tone="warning" title={<Trans>{name} speaks of another record</Trans>}>
          <Trans>
            Their device follows another public record than yours. Nobody’s signature proves that. Compare safety
            numbers.
          </Trans>
        </Banner>
      )}
      {log === undefined ? null : (
        <>
          <Facts contact={contact} own={own} log={log} />
          <WitnessList witnesses={log.witnesses} onChanged={again} />
          <div className="flex flex-col items-start gap-2">
            <p className="text-meta text-muted">
              <Trans>
                The file has the signed checkpoint and everything that was ever wrong, to be shown to others. It names
                this account and holds no secret.
              </Trans>
            </p>
            <Button variant="secondary" size="small" onClick={() => void save()}>
              <Trans>Save as a file</Trans>
            </Button>
          </div>
        </>
      )}
    </>
  )
}

const TONES = {
  success: 'text-success',
  warning: 'text-warning',
  danger: 'text-danger',
  muted: 'text-muted',
} as const

function Verdict({ status, name }: { readonly status: KeyLogStatus; readonly name: string }) {
  const [tone, icon, text] = useVerdict(status, name)
  return (
    <p className="flex items-start gap-3">
      <span aria-hidden className={`mt-px shrink-0 [&_svg]:size-5 ${TONES[tone]}`}>
        {icon}
      </span>
      <span>{text}</span>
    </p>
  )
}

function useVerdict({ state, log }: KeyLogStatus, name: string): [keyof typeof TONES, ReactNode, ReactNode] {
  switch (state) {
    case 'proven':
      return [
        'success',
        <ShieldCheck key="icon" />,
        <Trans key="text">
          The public record shows exactly the devices that your messages to <bdi>{name}</bdi> are encrypted for.
          Everybody is shown the same record, so <bdi>{name}</bdi> would notice a false one.
        </Trans>,
      ]
    case 'waiting':
      return [
        'warning',
        <Hourglass key="icon" />,
        <Trans key="text">
          The public record does not show the devices of <bdi>{name}</bdi> yet. Messages wait until it does.
        </Trans>,
      ]
    case 'stopped':
      return [
        'danger',
        <ShieldAlert key="icon" />,
        <Trans key="text">
          What the public record shows of <bdi>{name}</bdi>, or of itself, is wrong. Nothing is sent until you decide.
          The proof is kept, and is in the file below.
        </Trans>,
      ]
    case 'unknown':
      return [
        'muted',
        <CircleHelp key="icon" />,
        <Trans key="text">
          Nothing was exchanged with <bdi>{name}</bdi> yet. The record is asked before the first message is sent.
        </Trans>,
      ]
    case 'unrequired':
      return [
        'muted',
        <CircleHelp key="icon" />,
        log === undefined ? (
          <Trans key="text">
            This relay keeps no public record of keys. The first key of a contact is believed; compare the safety number
            to be sure of it.
          </Trans>
        ) : null,
      ]
  }
}

interface FactsProps {
  readonly contact: KeyLogStatus
  readonly own: KeyLogStatus
  readonly log: NonNullable<KeyLogStatus['log']>
}

function Facts({ contact, own, log }: FactsProps) {
  const { i18n } = useLingui()
  const time = (at: number) => dateTime(i18n.locale, at)
  const count = (size: number) => i18n.number(size)
  const { head } = log
  return (
    <dl className="grid gap-x-6 gap-y-3 wide:grid-cols-[max-content_1fr]">
      <Fact label={<Trans>Their devices</Trans>}>
        {contact.version === undefined || contact.size === undefined || contact.checkedAt === undefined ? (
          <Trans>Not found in the record yet</Trans>
        ) : (
          <Trans>
            Version {contact.version}, shown to be in the record of {count(contact.size)} entries. Last checked:{' '}
            {time(contact.checkedAt)}
          </Trans>
        )}
      </Fact>
      <Fact label={<Trans>Your devices</Trans>}>
        {own.state === 'proven' && own.checkedAt !== undefined ? (
          <Trans>As this device knows them. Looked at on every connection, last: {time(own.checkedAt)}</Trans>
        ) : (
          <Trans>Not found in the record as this device knows them</Trans>
        )}
      </Fact>
      <Fact label={<Trans>The record</Trans>}>
        <bdi className="break-all">{log.origin}</bdi>{' '}
        {head === undefined ? null : (
          <Trans>
            with {count(head.size)} entries, as of {time(head.at)}
          </Trans>
        )}
      </Fact>
      {head === undefined ? null : (
        <Fact label={<Trans>Checkpoint</Trans>}>
          <code dir="ltr" className="font-mono text-meta break-all select-all">
            {head.root}
          </code>
          <span className="block">
            <Trans>
              Signed by the record, and shown to have grown from every one before. Verified: {time(head.verifiedAt)}
            </Trans>
          </span>
        </Fact>
      )}
      <Fact label={<Trans>Followed since</Trans>}>
        <Trans>{time(log.since)}. What was before, this device has not seen.</Trans>
      </Fact>
      <Fact label={<Trans>Compared with others</Trans>}>
        {log.comparedAt === undefined ? (
          <Trans>Not yet. It happens by itself when you write to each other.</Trans>
        ) : (
          <Trans>The same record as theirs, last: {time(log.comparedAt)}</Trans>
        )}
      </Fact>
    </dl>
  )
}

function Fact({ label, children }: { readonly label: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-meta font-medium text-muted">{label}</dt>
      <dd className="min-w-0 max-wide:mb-1">{children}</dd>
    </div>
  )
}
