import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { Avatar, Button, Dialog, TextField, toast } from '../../kit/index.ts'
import { drawMessageId, useApi, useConversations } from '../../state/index.ts'
import { useNameOfRow } from '../conversations/display-name.ts'
import { useCommand, useFailureText } from '../settings/failure.ts'
import type { MessageItem } from '../timeline/rows.ts'
import { mayWrite } from './may.ts'
import { useMarks } from './use-marks.ts'

/** Rows that are drawn; whoever looks for another one types. */
const MOST_ROWS = 60

interface ForwardDialogProps {
  readonly item: MessageItem
  readonly conversation: string
  readonly onClose: () => void
}

/** Chooses conversations that a text or files are passed on to. */
export function ForwardDialog({ item, conversation, onClose }: ForwardDialogProps) {
  const { t } = useLingui()
  const api = useApi()
  const { of } = useMarks(conversation)
  const nameOfRow = useNameOfRow()
  const failureText = useFailureText()
  const { busy, failure, run } = useCommand()
  const [search, setSearch] = useState('')
  // An id for each conversation, drawn once: another try sends nothing twice.
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map())
  const rows = useConversations({ search }).filter(mayWrite)
  const toggle = (id: string) => {
    const next = new Map(chosen)
    if (!next.delete(id)) next.set(id, drawMessageId())
    setChosen(next)
  }
  const forward = async () => {
    const sent = await run(async () => {
      for (const [to, id] of chosen) await api.forwardMessage(conversation, of(item), to, id)
    })
    if (!sent) return
    toast(t`Forwarded`, { tone: 'success' })
    onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={<Trans>Forward to</Trans>}
      description={
        item.content.kind === 'media' ? (
          <Trans>They see the files and the words below them, marked as forwarded, and not who sent them.</Trans>
        ) : (
          <Trans>They see the words, marked as forwarded, and not who wrote them.</Trans>
        )
      }
      footer={
        <>
          <Button variant="secondary" onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button busy={busy} disabled={chosen.size === 0} onClick={() => void forward()}>
            {chosen.size === 0 ? (
              <Trans>Forward</Trans>
            ) : (
              <Plural value={chosen.size} one="Forward to # conversation" other="Forward to # conversations" />
            )}
          </Button>
        </>
      }
    >
      <TextField
        label={t`Search conversations`}
        hideLabel
        placeholder={t`Search conversations`}
        lead={<Search aria-hidden />}
        value={search}
        autoComplete="off"
        onChange={(event) => setSearch(event.target.value)}
      />
      {rows.length === 0 ? (
        <p className="py-6 text-center text-muted">
          <Trans>Nothing found</Trans>
        </p>
      ) : (
        <ul aria-label={t`Conversations`} className="-mx-2 mt-2 max-h-72 overflow-y-auto">
          {rows.slice(0, MOST_ROWS).map((row) => {
            const name = nameOfRow(row)
            return (
              <li key={row.id}>
                <label className="flex min-h-13 items-center gap-3 rounded-control px-2 hover:bg-hover">
                  <Avatar id={row.id} name={name} size="small" group={row.group !== undefined} />
                  <bdi className="min-w-0 flex-1 truncate font-medium text-match">{name}</bdi>
                  <input
                    type="checkbox"
                    checked={chosen.has(row.id)}
                    onChange={() => toggle(row.id)}
                    className="size-6 shrink-0 accent-accent"
                  />
                </label>
              </li>
            )
          })}
        </ul>
      )}
      {failure === undefined ? null : (
        <p role="alert" className="mt-3 text-danger">
          {failureText(failure)}
        </p>
      )}
    </Dialog>
  )
}
