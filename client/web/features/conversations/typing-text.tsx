import { Trans } from '@lingui/react/macro'
import type { ConversationRow, Typist } from '../../engine/api.ts'
import { typingIn } from './typing-in.ts'

/** That somebody is typing; in a group, who. */
export function TypingText({ row, typists }: { row: ConversationRow | undefined; typists: readonly Typist[] }) {
  if (row?.group === undefined) return <Trans>typing…</Trans>
  const typing = typingIn(typists)
  switch (typing.by) {
    case 'somebody':
      return <Trans>Somebody is typing…</Trans>
    case 'one': {
      const name = <bdi>{typing.name}</bdi>
      return <Trans>{name} is typing…</Trans>
    }
    case 'two': {
      const [first, second] = typing.names
      const [one, other] = [<bdi key="one">{first}</bdi>, <bdi key="other">{second}</bdi>]
      return (
        <Trans>
          {one} and {other} are typing…
        </Trans>
      )
    }
    case 'several':
      return <Trans>Several people are typing…</Trans>
  }
}
