import { Trans, useLingui } from '@lingui/react/macro'
import { useNavigate } from '@tanstack/react-router'
import { Paperclip, Search, Share2 } from 'lucide-react'
import { useState, useSyncExternalStore } from 'react'
import { failureCode } from '../../app/failure.ts'
import { handFiles } from '../../app/shared-files.ts'
import { type Shared, forgetShared, getShared, onShared } from '../../app/shared.ts'
import type { ConversationRow } from '../../engine/api.ts'
import { Avatar, EmptyState, TextField, toast } from '../../kit/index.ts'
import { useApi, useConversations } from '../../state/index.ts'
import { Card } from '../contact/card.tsx'
import { Pane } from '../contact/pane.tsx'
import { useDisplayName } from '../conversations/display-name.ts'
import { useFailureText } from '../settings/failure.ts'
import { formatBytes } from '../settings/format-bytes.ts'

/** As many as one looks through; the search finds the others. */
const SHOWN = 50

function Choice({ row, onChoose }: { readonly row: ConversationRow; readonly onChoose: () => void }) {
  const name = useDisplayName(row)
  return (
    <button
      type="button"
      onClick={onChoose}
      className="flex min-h-14 w-full items-center gap-3 rounded-control px-2 text-start hover:bg-hover"
    >
      <Avatar id={row.id} name={name} size="small" group={row.group !== undefined} />
      <bdi className="min-w-0 flex-1 truncate font-medium text-match">{name}</bdi>
    </button>
  )
}

/** What another app shared becomes a draft in the conversation that is chosen, and its files are chosen there: it is sent by hand, or not at all. */
export function ShareScreen() {
  const { t, i18n } = useLingui()
  const api = useApi()
  const navigate = useNavigate()
  const failureText = useFailureText()
  const [search, setSearch] = useState('')
  const shared = useSyncExternalStore(onShared, getShared)
  const rows = useConversations({ search }).filter(({ group }) => group === undefined || group.stage === 'joined')
  const back = () => void navigate({ to: '/' })

  const choose = async (row: ConversationRow, { text, files }: Shared) => {
    const { draft = '', draftStyles = [], draftMentions = [] } = row
    try {
      if (text === undefined) handFiles(row.id, files)
      else if (draft.trim() === '') await api.saveDraft(row.id, text, [])
      // After what was being written there: its styles keep their places.
      else await api.saveDraft(row.id, `${draft}\n${text}`, draftStyles, draftMentions)
      if (text !== undefined && files.length > 0) handFiles(row.id, files)
      forgetShared()
      await navigate({ to: '/c/$id', params: { id: row.id }, replace: true })
    } catch (error) {
      toast(failureText(failureCode(error)), { tone: 'danger' })
    }
  }

  if (shared === undefined) {
    return (
      <Pane title={<Trans>Share</Trans>} onBack={back}>
        <EmptyState icon={<Share2 />} title={<Trans>Nothing to share</Trans>}>
          <Trans>Choose SilentRelay in another app to share a text, a link or files from there.</Trans>
        </EmptyState>
      </Pane>
    )
  }
  return (
    <Pane title={<Trans>Share with…</Trans>} onBack={back}>
      <Card>
        {shared.text === undefined ? null : (
          <p dir="auto" className="line-clamp-4 whitespace-pre-line wrap-anywhere">
            {shared.text}
          </p>
        )}
        {shared.files.length === 0 ? null : (
          <ul aria-label={t`Files`} className="flex flex-col gap-1">
            {shared.files.map(({ name, size }, at) => (
              <li key={at} className="flex min-w-0 items-center gap-2">
                <Paperclip aria-hidden className="size-4 shrink-0 text-muted" />
                <bdi className="min-w-0 flex-1 truncate">{name}</bdi>
                <span className="shrink-0 text-meta text-muted">{formatBytes(size, i18n.locale)}</span>
              </li>
            ))}
          </ul>
        )}
        {shared.areFilesLost === true ? (
          <p role="alert" className="text-danger">
            <Trans>The files did not arrive. Share them once more.</Trans>
          </p>
        ) : null}
      </Card>
      <search>
        <TextField
          label={t`Search conversations`}
          hideLabel
          placeholder={t`Search`}
          lead={<Search aria-hidden />}
          autoComplete="off"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </search>
      {rows.length === 0 ? (
        <p role="status" className="text-center text-muted">
          {search.trim() === '' ? <Trans>No conversations yet</Trans> : <Trans>Nobody found</Trans>}
        </p>
      ) : (
        <ul aria-label={t`Conversations`} className="flex flex-col">
          {rows.slice(0, SHOWN).map((row) => (
            <li key={row.id}>
              <Choice row={row} onChoose={() => void choose(row, shared)} />
            </li>
          ))}
        </ul>
      )}
    </Pane>
  )
}
