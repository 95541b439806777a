import type { ManifestFailure } from '#protocol/merkle/verify-manifest.ts'

/** What a page says to a service worker that waits. */
export const SKIP_WAITING = 'skipWaiting'
/** What a page asks the one that runs, with a port for the {@link ClientCheck}: whether the build that waits is what it should be. */
export const CHECK_WAITING = 'checkWaiting'
/** The user trusts the log anew that the relay names. */
export const TRUST_ANEW = 'trustAnew'

/** Why a build is not used. */
export type ClientFailure =
  | ManifestFailure
  /** There is no manifest where it should be, or what is there is none. */
  | 'manifestMissing'
  | 'manifestMalformed'
  /** Files that are not those of the manifest. */
  | 'fileChanged'
  /** There was a log, and there is none any more, or another one. */
  | 'logGone'
  | 'logKeyChanged'

export interface ClientRefusal {
  readonly failure: ClientFailure
  /** By their addresses' paths. */
  readonly files: readonly string[]
}

/** `unknown`: it could not be asked. */
export type ClientCheck = 'proven' | 'unknown' | ClientRefusal

/** What a service worker tells the pages when it refuses a build. */
export interface ClientRefused extends ClientRefusal {
  readonly type: 'clientRefused'
}
