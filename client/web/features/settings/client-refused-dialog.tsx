import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { Button, Dialog, toast } from '../../kit/index.ts'
import type { ClientFailure, ClientRefusal } from '../../sw/messages.ts'
import { trustAnew } from '../../sw/updates.ts'
import { saveTextFile } from '../onboarding/save-text-file.ts'

interface ClientRefusedDialogProps {
  readonly refusal: ClientRefusal
  readonly onClose: () => void
}

/** Why a version that the relay serves is not used, by name, with what can be done. */
export default function ClientRefusedDialog({ refusal, onClose }: ClientRefusedDialogProps) {
  const { t } = useLingui()
  const [busy, setBusy] = useState(false)
  const { failure, files } = refusal
  const anew = async () => {
    setBusy(true)
    await trustAnew().catch(() => undefined)
    toast(t`The record is trusted anew`)
    onClose()
  }
  const save = () => {
    const report = { ...refusal, relay: location.origin, at: new Date().toISOString() }
    saveTextFile('silentrelay-changed-version.json', JSON.stringify(report, null, 2))
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title={<Trans>This version is not used</Trans>}
      description={
        <Trans>
          Every version of SilentRelay stands in a public record, so that nobody can be given one of their own. What
          this relay serves now does not. Somebody may be trying to read your messages on this device. The version that
          was checked before stays in use.
        </Trans>
      }
      footer={
        <>
          <Button variant="secondary" onClick={save}>
            <Trans>Save the details</Trans>
          </Button>
          <Button onClick={onClose}>
            <Trans>Close</Trans>
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p>
          <Reason failure={failure} />
        </p>
        {files.length === 0 ? null : (
          <ul className="flex max-h-40 flex-col gap-1 overflow-y-auto">
            {files.map((file) => (
              <li key={file}>
                <code dir="ltr" className="text-meta break-all">
                  {file}
                </code>
              </li>
            ))}
          </ul>
        )}
        <p className="text-meta text-muted">
          <Trans>Name of the finding:</Trans> <code>{failure}</code>
        </p>
        {canTrustAnew(failure) ? (
          <div className="flex flex-col items-start gap-2">
            <p className="text-meta text-muted">
              <Trans>
                If you know why, for example because the relay was set up anew, you can trust its record as on the first
                day.
              </Trans>
            </p>
            <Button variant="secondary" size="small" busy={busy} onClick={() => void anew()}>
              <Trans>Trust it anew</Trans>
            </Button>
          </div>
        ) : null}
      </div>
    </Dialog>
  )
}

/** What is wrong with the record as it was pinned. Files that are not those of their manifest are wrong under any record. */
function canTrustAnew(failure: ClientFailure): boolean {
  return !['fileChanged', 'manifestMissing', 'manifestMalformed', 'manifestUnlogged'].includes(failure)
}

const OF_MANIFEST: ReadonlySet<ClientFailure> = new Set(['manifestMissing', 'manifestMalformed'])
const OF_OTHER_LOG: ReadonlySet<ClientFailure> = new Set(['logGone', 'logKeyChanged'])

function Reason({ failure }: { readonly failure: ClientFailure }) {
  if (failure === 'fileChanged') return <Trans>These files are not those of the version that is recorded:</Trans>
  if (OF_MANIFEST.has(failure)) {
    return <Trans>The relay does not say which files the version consists of.</Trans>
  }
  if (failure === 'manifestUnlogged') return <Trans>The version is not in the public record.</Trans>
  if (failure === 'clientRolledBack') return <Trans>It is an older version than the one that you had.</Trans>
  if (OF_OTHER_LOG.has(failure)) {
    return <Trans>The relay shows no public record any more, or another one.</Trans>
  }
  return <Trans>The public record does not show that it only grew since it was looked at last.</Trans>
}
