import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { SEARCHED_KINDS, type SearchedKind } from '#sdk/session/search/query.ts'
import { useConversations, useProfile } from '../../state/index.ts'
import { useNameOfRow } from '../conversations/display-name.ts'
import type { Filters } from './typed-query.ts'

/** Conversations in a list; others can be named in the text. */
const MOST = 200
const FIELD =
  'min-h-9 w-full min-w-0 rounded-control border border-control bg-surface px-2 text-meta text-text focus-visible:outline-2 focus-visible:outline-ring'

/** Absent: no such filter. */
export type FilterChange = { readonly [name in keyof Filters]: Filters[name] | undefined }

interface FilterRowProps {
  readonly filters: FilterChange
  readonly onChange: (change: Filters) => void
}

function Field({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <label className="flex min-w-0 flex-col gap-0.5 text-meta text-muted">
      {label}
      {children}
    </label>
  )
}

/** By whom, where, with what and before when. */
export function FilterRow({ filters, onChange }: FilterRowProps) {
  const { t } = useLingui()
  const nameOfRow = useNameOfRow()
  const own = useProfile()?.account ?? ''
  const rows = useConversations().slice(0, MOST)
  const people = rows.filter(({ id, group }) => group === undefined && id !== own)
  const kinds: Record<SearchedKind, string> = {
    link: t`A link`,
    image: t`A photo`,
    video: t`A video`,
    voice: t`A voice message`,
    file: t`A file`,
    mention: t`A mention`,
    quote: t`An answer`,
    reaction: t`A reaction`,
  }
  const change = (name: keyof Filters, value: string) => {
    // An empty one takes the filter away.
    onChange({ [name]: value === '' ? undefined : value })
  }
  return (
    <div role="group" aria-label={t`Filters`} className="mt-3 grid grid-cols-2 gap-2 wide:grid-cols-4">
      <Field label={<Trans>From</Trans>}>
        <select className={FIELD} value={filters.from ?? ''} onChange={(event) => change('from', event.target.value)}>
          <option value="">{t`Anybody`}</option>
          <option value={own}>{t`Me`}</option>
          {people.map((row) => (
            <option key={row.id} value={row.id}>
              {nameOfRow(row)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={<Trans>In</Trans>}>
        <select className={FIELD} value={filters.in ?? ''} onChange={(event) => change('in', event.target.value)}>
          <option value="">{t`All conversations`}</option>
          {rows.map((row) => (
            <option key={row.id} value={row.id}>
              {nameOfRow(row)}
            </option>
          ))}
        </select>
      </Field>
      <Field label={<Trans>Has</Trans>}>
        <select className={FIELD} value={filters.has ?? ''} onChange={(event) => change('has', event.target.value)}>
          <option value="">{t`Anything`}</option>
          {SEARCHED_KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {kinds[kind]}
            </option>
          ))}
        </select>
      </Field>
      <Field label={<Trans>Before</Trans>}>
        <input
          type="date"
          className={FIELD}
          value={filters.before ?? ''}
          onChange={(event) => change('before', event.target.value)}
        />
      </Field>
    </div>
  )
}
