/** What somebody types or pastes to find a person. */

import { AccountId } from '#protocol/primitives.ts'
import { canonicalUsername, parseUsername } from '#protocol/username.ts'
import { safeParse } from 'valibot'
import { inviteOf } from '../../app/invite.ts'

export type Target =
  | { readonly by: 'username'; readonly username: string }
  | { readonly by: 'account'; readonly account: string }
  | { readonly by: 'group'; readonly group: string; readonly secret: string }
  | { readonly by: 'nothing'; readonly why: 'empty' | 'otherServer' | 'invalid' }

/** @param host of this client; a link of another server leads nowhere here */
export function targetOf(typed: string, host: string): Target {
  const text = typed.trim()
  if (text === '') return { by: 'nothing', why: 'empty' }
  if (text.includes('/')) return linkTarget(text, host)
  const username = canonicalUsername(text)
  const parsed = parseUsername(username)
  // A reserved name can be looked up: it may have been given out by whoever runs the relay.
  if (!parsed.ok && parsed.code === 'usernameInvalid') return { by: 'nothing', why: 'invalid' }
  return { by: 'username', username }
}

function linkTarget(text: string, host: string): Target {
  const scheme = /^https?:\/\//i.test(text) ? '' : text.startsWith('/') ? `https://${host}` : 'https://'
  const url = URL.parse(scheme + text)
  if (url === null) return { by: 'nothing', why: 'invalid' }
  const [, kind, value, ...rest] = url.pathname.split('/')
  if (value === undefined || rest.some((part) => part !== '')) return { by: 'nothing', why: 'invalid' }
  if (kind !== 'u' && kind !== 'a' && kind !== 'j') return { by: 'nothing', why: 'invalid' }
  if (url.host !== host) return { by: 'nothing', why: 'otherServer' }
  if (kind === 'j') {
    const invite = inviteOf(url)
    return invite === undefined ? { by: 'nothing', why: 'invalid' } : { by: 'group', ...invite }
  }
  if (kind === 'a') {
    return safeParse(AccountId, value).success ? { by: 'account', account: value } : { by: 'nothing', why: 'invalid' }
  }
  const username = canonicalUsername(value)
  return parseUsername(username).ok ? { by: 'username', username } : { by: 'nothing', why: 'invalid' }
}
