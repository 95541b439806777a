/**
 * The one Trusted Types policy. The Content-Security-Policy lets no other exist, and no string becomes HTML, a script or
 * a script's address without one: this makes addresses of this origin's own built workers, and nothing else.
 */

import { BUILT_SCRIPTS, checkScriptUrl } from './script-url.ts'

interface Policy {
  createScriptURL(url: string): unknown
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy
}

// A dev server serves sources from where they stand.
const allowed = import.meta.env.DEV ? /^\// : BUILT_SCRIPTS
const rules = { createScriptURL: (url: string) => checkScriptUrl(url, location.origin, allowed) }
const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes
const policy: Policy = factory?.createPolicy('silentrelay', rules) ?? rules

/**
 * For `new Worker(…)`, `new SharedWorker(…)` and `serviceWorker.register(…)`, with an address from an import such as
 * `../engine/host.ts?sharedworker&url`. Typed as a string because TypeScript's library knows no Trusted Types yet.
 *
 * @throws UntrustedScriptError
 */
export function trustedScriptUrl(url: string | URL): string {
  return policy.createScriptURL(String(url)) as string
}
