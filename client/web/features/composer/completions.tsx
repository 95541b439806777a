import { useLingui } from '@lingui/react/macro'
import type { GroupMemberView } from '../../engine/api.ts'
import { Avatar } from '../../kit/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { RoleLabel } from '../groups/role.tsx'
import { CompletionList } from './completion-list.tsx'
import type { EmojiCandidate } from './emoji-names.ts'
import type { Completion } from './use-completion.ts'

interface CompletionsProps {
  readonly id: string
  readonly mentions: Completion<GroupMemberView>
  readonly emoji: Completion<EmojiCandidate>
}

/** Whom or what the name at the caret may mean. */
export function Completions({ id, mentions, emoji }: CompletionsProps) {
  const { t } = useLingui()
  if (mentions.candidates.length > 0) {
    return (
      <CompletionList id={id} label={t`Members`} completion={mentions} keyOf={({ account }) => account}>
        {(member) => <Member member={member} />}
      </CompletionList>
    )
  }
  if (emoji.candidates.length === 0) return null
  return (
    <CompletionList id={id} label={t`Emoji`} completion={emoji} keyOf={(one) => one.emoji}>
      {(one) => (
        <>
          <span aria-hidden className="w-8 text-center text-[1.4rem] leading-none">
            {one.emoji}
          </span>
          <span className="min-w-0 flex-1 truncate">{one.name}</span>
        </>
      )}
    </CompletionList>
  )
}

function Member({ member }: { readonly member: GroupMemberView }) {
  return (
    <>
      <Avatar id={member.account} name={member.name ?? member.username} size="small" />
      <span className="min-w-0 flex-1">
        <bdi className="block truncate leading-5 font-medium text-match">{nameOf(member)}</bdi>
        {member.name === undefined || member.username === undefined ? null : (
          <bdi className="block truncate text-meta text-muted text-match">@{member.username}</bdi>
        )}
      </span>
      {member.role === 'member' ? null : <RoleLabel role={member.role} />}
    </>
  )
}
