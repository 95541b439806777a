import { plural } from '@lingui/core/macro'
import { useLingui } from '@lingui/react/macro'
import { useMemo } from 'react'
import type { Mention } from '#protocol/content/content.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { GroupMemberView } from '../../engine/api.ts'
import { type MentionQuery, mentionCandidates, mentionQueryAt } from './mention-ranges.ts'
import { type Completion, useCompletion } from './use-completion.ts'

interface Written {
  readonly text: string
  readonly mentions: readonly Mention[]
  /** Without one, when a selection stands: nothing is being typed. */
  readonly caret: number | undefined
}

/** Completion of names after an `@`. */
export function useMentions(
  members: readonly GroupMemberView[] | undefined,
  { text, mentions, caret }: Written,
  onChoose: (member: GroupMemberView, query: MentionQuery) => void,
): Completion<GroupMemberView> {
  const { t } = useLingui()
  const query = useMemo(
    () =>
      members === undefined || caret === undefined || mentions.length >= LIMITS.mentions
        ? undefined
        : mentionQueryAt(text, caret, mentions),
    [members, text, caret, mentions],
  )
  const asked = query?.query
  const candidates = useMemo(
    () => (members === undefined || asked === undefined ? [] : mentionCandidates(members, asked)),
    [members, asked],
  )
  const describe = (count: number) => t`${plural(count, { one: '# member matches', other: '# members match' })}`
  return useCompletion({ query, candidates, onChoose, describe })
}
