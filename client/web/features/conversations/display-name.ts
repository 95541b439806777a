import { useLingui } from '@lingui/react/macro'
import type { ConversationRow } from '../../engine/api.ts'
import { nameOf } from './name-of.ts'

type Named = Pick<ConversationRow, 'name' | 'username' | 'group'>

/** What a conversation is called in the interface, also when it has no name. */
export function useDisplayName(row: Named | undefined): string {
  const { t } = useLingui()
  return nameOf(row) ?? (row?.group === undefined ? t`Unnamed contact` : t`Unnamed group`)
}
