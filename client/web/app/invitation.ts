import { parseUsername } from '#protocol/username.ts'

/** What somebody came for who has no account yet: the link that was opened leads there once there is one. */
export type Invitation = { readonly to: 'person'; readonly username?: string } | { readonly to: 'group' }

/** What a link asks to, by its path. Names of persons are shown: only what can be one passes. */
export function invitationOf(pathname: string): Invitation | undefined {
  const [, kind, value = '', ...rest] = pathname.split('/')
  if (value === '' || rest.some((part) => part !== '')) return undefined
  if (kind === 'j') return { to: 'group' }
  if (kind === 'a') return { to: 'person' }
  if (kind !== 'u') return undefined
  const username = parseUsername(value)
  return username.ok ? { to: 'person', username: username.canonical } : undefined
}
