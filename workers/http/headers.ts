/** Headers of every answer. */

/** Nothing of an API answer may be rendered, framed, sniffed, cached or referred to. */
const API_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}

/** For pages that this Worker renders: own styles only, no script at all. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cache-control': 'no-cache',
}

/**
 * For the web client: its own scripts, workers and styles, nothing inline, nothing from elsewhere; what a script URL is, one
 * Trusted Types policy decides (client/web/app/trusted-types.ts). Sockets are named by scheme, because Safari does not
 * count them to 'self'.
 */
export const clientHeaders = (storage: string | undefined) => ({
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    'media-src blob:',
    "font-src 'self'",
    `connect-src 'self' ws: wss:${storage === undefined ? '' : ` ${storage}`}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types silentrelay',
  ].join('; '),
  // The camera scans safety numbers, the microphone records voice messages.
  'permissions-policy': 'camera=(self), geolocation=(), microphone=(self), publickey-credentials-get=(self)',
})

const COMMON_HEADERS = {
  'strict-transport-security': 'max-age=63072000; includeSubDomains; preload',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), interest-cohort=()',
}

/** Sets what is not set yet; a handler's own headers win. */
export function setSecurityHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries({ ...API_HEADERS, ...COMMON_HEADERS })) {
    if (!headers.has(name)) headers.set(name, value)
  }
}
