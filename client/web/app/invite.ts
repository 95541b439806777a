/** Invite links: `/j/<group>#<secret>`. What stands behind the `#` never reaches a server (SPEC, I-1). */

import { safeParse } from 'valibot'
import { GroupId } from '#protocol/groups/entries.ts'
import { LinkSecret } from '#protocol/groups/details.ts'

export interface Invite {
  readonly group: string
  readonly secret: string
}

const PATH = /^\/j\/([^/]+)\/?$/

/** The invite that an address is, or `undefined`: it is of something else, or was cut short when it was copied. */
export function inviteOf({ pathname, hash }: { readonly pathname: string; readonly hash: string }): Invite | undefined {
  const group = PATH.exec(pathname)?.[1]
  const secret = hash.slice(1)
  if (!safeParse(GroupId, group).success || !safeParse(LinkSecret, secret).success) return undefined
  return { group: group ?? '', secret }
}
