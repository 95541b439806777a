import { Trans, useLingui } from '@lingui/react/macro'
import { Eye } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'
import type { KeyLogWitness } from '#sdk/index.ts'
import { Badge, Button, TextField, toast } from '../../../kit/index.ts'
import { useApi } from '../../../state/index.ts'
import { dateTime } from '../../conversations/times.ts'
import { useCommand, useFailureText } from '../../settings/failure.ts'

/** As long as a cosignature counts. */
const FRESH_MS = 24 * 60 * 60_000

interface WitnessListProps {
  readonly witnesses: readonly KeyLogWitness[]
  /** Others are chosen now. */
  readonly onChanged: () => void
}

/** Who watches the record, which of them are required, and a field to require another. */
export function WitnessList({ witnesses, onChanged }: WitnessListProps) {
  const { t } = useLingui()
  const [adding, setAdding] = useState(false)
  return (
    <section className="flex flex-col gap-3">
      <h3 className="font-semibold">
        <Trans>Witnesses</Trans>
      </h3>
      <p className="text-meta text-muted">
        <Trans>
          Independent servers that sign only a record that never changed its past. The relay names some; that you
          require one protects you only if you know its key from elsewhere.
        </Trans>
      </p>
      {witnesses.length === 0 ? (
        <p>
          <Trans>Nobody watches this record that you or the relay would know.</Trans>
        </p>
      ) : (
        <ul className="flex flex-col gap-3" aria-label={t`Witnesses`}>
          {witnesses.map((witness) => (
            <Witness key={witness.key} witness={witness} onChanged={onChanged} />
          ))}
        </ul>
      )}
      {adding ? (
        <AddWitness
          onDone={() => {
            setAdding(false)
            onChanged()
          }}
          onCancel={() => setAdding(false)}
        />
      ) : (
        <Button variant="secondary" size="small" className="self-start" onClick={() => setAdding(true)}>
          <Trans>Require another witness…</Trans>
        </Button>
      )}
    </section>
  )
}

function Witness({ witness, onChanged }: { readonly witness: KeyLogWitness; readonly onChanged: () => void }) {
  const { t, i18n } = useLingui()
  const api = useApi()
  const { busy, run } = useCommand()
  const { key, name, isChosen, at } = witness
  const [now] = useState(() => Date.now())
  const choose = async () => {
    if (await run(() => api.chooseWitness(key, !isChosen))) onChanged()
  }
  const seen = at === undefined ? '' : dateTime(i18n.locale, at)
  const entries = i18n.number(witness.size ?? 0)
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Eye aria-hidden className="size-5 shrink-0 text-accent" />
      <span className="min-w-48 flex-1">
        <span className="flex flex-wrap items-center gap-2">
          <bdi className="font-medium break-all">{name}</bdi>
          {isChosen ? (
            <Badge tone="success">
              <Trans>Required by you</Trans>
            </Badge>
          ) : (
            <Badge tone="muted">
              <Trans>Named by the relay</Trans>
            </Badge>
          )}
        </span>
        <span className="block text-meta text-muted">
          {at === undefined ? (
            <Trans>Has signed nothing that was seen here</Trans>
          ) : now - at > FRESH_MS ? (
            <Trans>Has signed nothing since {seen}</Trans>
          ) : (
            <Trans>
              Signed the record of {entries} entries: {seen}
            </Trans>
          )}
        </span>
      </span>
      <Button
        variant="ghost"
        size="small"
        busy={busy}
        aria-label={isChosen ? t`No longer require ${name}` : t`Require ${name}`}
        onClick={() => void choose()}
      >
        {isChosen ? <Trans>No longer</Trans> : <Trans>Require</Trans>}
      </Button>
    </li>
  )
}

function AddWitness({ onDone, onCancel }: { readonly onDone: () => void; readonly onCancel: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const [text, setText] = useState('')
  const add = async (event: SubmitEvent) => {
    event.preventDefault()
    if (!(await run(() => api.chooseWitness(text.trim(), true)))) return
    toast(t`The witness is required from now on`, { tone: 'success' })
    onDone()
  }
  return (
    <form className="flex flex-col gap-3" onSubmit={(event) => void add(event)}>
      <TextField
        label={t`Key of the witness`}
        hint={t`As its operator publishes it: name, number and key, joined by plus signs.`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        {...(failure === undefined
          ? {}
          : { error: failure === 'contentInvalid' ? t`This is not the key of a witness.` : failureText(failure) })}
        autoComplete="off"
        spellCheck={false}
      />
      <p className="text-meta text-muted">
        <Trans>
          Nothing new is believed then that no required witness has signed within a day. Messages to people whose
          devices changed wait for that.
        </Trans>
      </p>
      <div className="flex flex-wrap gap-2">
        <Button variant="secondary" size="small" onClick={onCancel}>
          <Trans>Cancel</Trans>
        </Button>
        <Button type="submit" size="small" busy={busy} disabled={text.trim() === ''}>
          <Trans>Require it</Trans>
        </Button>
      </div>
    </form>
  )
}
