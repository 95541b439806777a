/**
 * The secrets of invite links that were opened in this tab. They live in its memory alone: whoever finds one may join. So
 * they are taken out of the address, and with it out of the browser's history, before the router looks at it. They stay
 * while an account is made; a page that is loaded anew has forgotten them.
 */

import { inviteOf } from './invite.ts'

const secrets = new Map<string, string>()
const listeners = new Set<() => void>()

/** Remembers the secret of a link that was opened here, or pasted. */
export function keepSecret(group: string, secret: string): void {
  secrets.set(group, secret)
  for (const listener of listeners) listener()
}

export const secretOf = (group: string): string | undefined => secrets.get(group)

/** It was used, or is not wanted. */
export function forgetSecret(group: string): void {
  secrets.delete(group)
}

/** Calls `listener` when a secret comes. Answers what ends it. */
export function onSecret(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function take(): void {
  if (!location.pathname.startsWith('/j/') || location.hash === '') return
  const invite = inviteOf(location)
  // Also what is no secret leaves the address: it may be most of one.
  history.replaceState(history.state, '', location.pathname + location.search)
  if (invite !== undefined) keepSecret(invite.group, invite.secret)
}

/** Takes the secret of this address, and of every one that comes. Once, before the router is made. */
export function takeSecrets(): void {
  take()
  // The same link once more, in a tab that is there already: nothing is loaded anew then.
  addEventListener('hashchange', take)
}
