import { useLingui } from '@lingui/react/macro'
import type { ConversationRow } from '../../engine/api.ts'

type Named = Pick<ConversationRow, 'name' | 'username'>

/** Controls, and marks that turn what follows around: a name is one line and reads as it is written. */
const CONTROLS = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu
const SHAPELESS = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** What a contact is called: the name it gave itself, else its username; `undefined` when it has neither. */
export function nameOf(row: Named | undefined): string | undefined {
  const name = row?.name?.replaceAll(CONTROLS, '').trim() ?? ''
  if (name.replaceAll(SHAPELESS, '') !== '') return name
  return row?.username === undefined ? undefined : `@${row.username}`
}

export function useDisplayName(row: Named | undefined): string {
  const { t } = useLingui()
  return nameOf(row) ?? t`Unnamed contact`
}
