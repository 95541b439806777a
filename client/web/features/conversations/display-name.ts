import { useLingui } from '@lingui/react/macro'
import type { ConversationRow } from '../../engine/api.ts'
import { nameOf } from './name-of.ts'

type Named = Pick<ConversationRow, 'name' | 'username' | 'group'>

/** What conversations are called in the interface, also when they have no name. */
export function useNameOfRow(): (row: Named | undefined) => string {
  const { t } = useLingui()
  return (row) => nameOf(row) ?? (row?.group === undefined ? t`Unnamed contact` : t`Unnamed group`)
}

/** The same of one. */
export function useDisplayName(row: Named | undefined): string {
  return useNameOfRow()(row)
}
