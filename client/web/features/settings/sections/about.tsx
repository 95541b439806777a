import { Trans, useLingui } from '@lingui/react/macro'
import { Copy } from 'lucide-react'
import { type ReactNode, useCallback } from 'react'
import type { About } from '../../../engine/api.ts'
import { Button, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { Card } from '../../contact/card.tsx'
import { copyText } from '../../contact/copy-text.ts'
import { Asked } from '../asked.tsx'
import { useAnswer } from '../use-answer.ts'

/** Which build this is, whom it talks to, and which key stands behind the account. */
export function AboutSection() {
  const api = useApi()
  const { answer, again } = useAnswer(useCallback(() => api.about(), [api]))
  return (
    <Asked answer={answer} again={again}>
      {(about) => (
        <>
          <Versions about={about} />
          <IdentityKey groups={about.identityFingerprint} />
          <Licence />
        </>
      )}
    </Asked>
  )
}

function Versions({ about }: { readonly about: About }) {
  const { t } = useLingui()
  const copy = async () => {
    const text = `SilentRelay ${about.build}, protocol ${about.protocolVersion}, ${about.relay}, account ${about.account}`
    if (await copyText(text)) toast(t`Copied`, { tone: 'success' })
    else toast(t`The browser did not allow copying.`, { tone: 'danger' })
  }
  return (
    <Card>
      <dl className="flex flex-col gap-3">
        <Fact name={<Trans>Build</Trans>} value={about.build} />
        <Fact name={<Trans>Protocol version</Trans>} value={String(about.protocolVersion)} />
        <Fact name={<Trans>Relay</Trans>} value={about.relay} />
        <Fact name={<Trans>Account</Trans>} value={about.account} />
      </dl>
      <Button
        variant="secondary"
        size="small"
        className="self-start"
        icon={<Copy aria-hidden className="size-4" />}
        onClick={() => void copy()}
      >
        <Trans>Copy for a report</Trans>
      </Button>
    </Card>
  )
}

function Fact({ name, value }: { readonly name: ReactNode; readonly value: string }) {
  return (
    <div className="flex flex-wrap gap-x-4">
      <dt className="w-40 shrink-0 text-muted">{name}</dt>
      <dd dir="ltr" className="min-w-0 flex-1 basis-48 font-mono text-meta leading-[1.375rem] break-all select-all">
        {value}
      </dd>
    </div>
  )
}

function IdentityKey({ groups }: { readonly groups: readonly string[] }) {
  const { t } = useLingui()
  return (
    <Card
      title={<Trans>Your identity key</Trans>}
      hint={<Trans>Its fingerprint. This key is behind every safety number you compare.</Trans>}
    >
      <ol
        aria-label={t`Fingerprint of your identity key`}
        dir="ltr"
        className="grid grid-cols-4 gap-x-3 gap-y-1 font-mono select-text min-[30rem]:grid-cols-8"
      >
        {groups.map((group, at) => (
          <li key={at}>{group}</li>
        ))}
      </ol>
    </Card>
  )
}

/** Where the sources are that this build was made of (AGPL-3.0, section 13): served beside the client. */
const SOURCE_URL = '/source'

function Licence() {
  return (
    <Card title={<Trans>Free software</Trans>}>
      <p>
        <Trans>
          SilentRelay is free software under the GNU Affero General Public License, version 3. You may read, change and
          share it. It comes without warranty.
        </Trans>
      </p>
      <ul className="flex flex-wrap gap-x-6 gap-y-2">
        <li>
          <TextLink href={SOURCE_URL}>
            <Trans>Source code</Trans>
          </TextLink>
        </li>
        <li>
          <TextLink href="/docs">
            <Trans>Documentation of the relay</Trans>
          </TextLink>
        </li>
        <li>
          <TextLink href="/licenses.md">
            <Trans>Licences of the libraries</Trans>
          </TextLink>
        </li>
      </ul>
    </Card>
  )
}

function TextLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      className="inline-flex min-h-6 items-center text-link underline"
    >
      {children}
    </a>
  )
}
