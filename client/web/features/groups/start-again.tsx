import { plural } from '@lingui/core/macro'
import { Plural, Trans } from '@lingui/react/macro'
import { Link, useNavigate } from '@tanstack/react-router'
import { RefreshCcw } from 'lucide-react'
import { useState } from 'react'
import type { GroupView } from '../../engine/api.ts'
import { Avatar, Button, toast } from '../../kit/index.ts'
import { useApi } from '../../state/index.ts'
import { useDisplayName } from '../conversations/display-name.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { type Asked, askedFor } from './asked-for.ts'

/** Of a broken group: the way to another one with the same people, or into it, once it was made. */
export function StartAgain({ group }: { readonly group: GroupView }) {
  const [asking, setAsking] = useState(false)
  if (group.successor !== undefined) {
    return (
      <Link
        to="/c/$id"
        params={{ id: group.successor }}
        className="inline-flex min-h-10 items-center self-start rounded-control bg-accent px-4 font-medium text-on-accent hover:bg-accent-strong"
      >
        <Trans>Open the new group</Trans>
      </Link>
    )
  }
  return (
    <>
      <Button
        className="self-start"
        icon={<RefreshCcw aria-hidden className="size-4" />}
        onClick={() => setAsking(true)}
      >
        <Trans>Start again with the same people</Trans>
      </Button>
      {asking ? <StartAgainDialog group={group} onClose={() => setAsking(false)} /> : null}
    </>
  )
}

/** Says what is made, of whom, and what stays, before it is done. */
function StartAgainDialog({ group, onClose }: { readonly group: GroupView; readonly onClose: () => void }) {
  const api = useApi()
  const navigate = useNavigate()
  const asked = askedFor(group.list)
  const name = useDisplayName({ name: group.name, group })
  const start = async () => {
    const { id, unreachable } = await api.renewGroup(group.id)
    if (unreachable.length > 0) {
      toast(
        plural(unreachable.length, {
          one: '# person could not be added yet. Send them an invite link.',
          other: '# people could not be added yet. Send them an invite link.',
        }),
      )
    }
    await navigate({ to: '/c/$id', params: { id } })
  }
  return (
    <ConfirmDialog
      title={<Trans>Start again with the same people?</Trans>}
      description={
        <Trans>
          A new group with the name <bdi>{name}</bdi> and the same rules is made. You own it; everybody else begins as a
          member. What was written here stays here, for you to read.
        </Trans>
      }
      confirm={<Trans>Start again</Trans>}
      command={start}
      onDone={() => undefined}
      onClose={onClose}
    >
      <AskedPeople asked={asked} />
      <p className="mt-3 rounded-control bg-warning-soft px-3 py-2 text-meta">
        <Trans>
          The group may have been stopped because of one of them. Whoever you do not trust, remove from the new group.
          If others start again too, there will be several.
        </Trans>
      </p>
    </ConfirmDialog>
  )
}

function AskedPeople({ asked: { named, nameless, others } }: { readonly asked: Asked }) {
  const rest = others + nameless
  if (named.length + rest === 0) {
    return (
      <p>
        <Trans>Nobody else was in it: add people to the new one.</Trans>
      </p>
    )
  }
  return (
    <>
      <h3 className="font-semibold">
        <Trans>Who is added at once</Trans>
      </h3>
      <ul className="mt-1 flex flex-col">
        {named.map(({ account, name, called }) => (
          <li key={account} className="flex min-h-10 items-center gap-3">
            <Avatar id={account} name={name ?? called} size="small" />
            <bdi className="min-w-0 flex-1 truncate">{called}</bdi>
          </li>
        ))}
        {rest > 0 ? (
          <li className="text-muted">
            {named.length === 0 ? (
              <Plural value={rest} one="# person" other="# people" />
            ) : (
              <Plural value={rest} one="and # other" other="and # others" />
            )}
          </li>
        ) : null}
      </ul>
    </>
  )
}
