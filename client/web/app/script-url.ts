/** A worker asked for another script than one that this client was built with. */
export class UntrustedScriptError extends Error {
  override readonly name = 'UntrustedScriptError'
}

/** What the build writes: hashed files of one folder, and the service worker. */
export const BUILT_SCRIPTS = /^\/(?:assets\/[\w.-]+\.js|service-worker\.js)$/

/** Answers the address in full. @throws UntrustedScriptError */
export function checkScriptUrl(url: string, origin: string, built = BUILT_SCRIPTS): string {
  const parsed = new URL(url, origin)
  if (parsed.origin !== origin || !built.test(parsed.pathname)) throw new UntrustedScriptError(parsed.pathname)
  return parsed.href
}
