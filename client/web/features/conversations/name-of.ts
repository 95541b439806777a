interface Named {
  readonly name?: string | undefined
  readonly username?: string | undefined
}

/** Controls, and marks that turn what follows around: a name is one line and reads as it is written. */
const CONTROLS = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu
const SHAPELESS = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** What somebody is called: the name they gave themselves, else the username; `undefined` when they have neither. */
export function nameOf(row: Named | undefined): string | undefined {
  const name = row?.name?.replaceAll(CONTROLS, '').trim() ?? ''
  if (name.replaceAll(SHAPELESS, '') !== '') return name
  return row?.username === undefined ? undefined : `@${row.username}`
}

/** What they are sorted by. Who has no name comes last: a letter beyond all others. */
export const sortingNameOf = (row: Named): string => nameOf(row)?.replace(/^@/, '') ?? '\u{10FFFF}'
