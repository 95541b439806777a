/** Sealed sender's parts, loaded when an account is made or first connected: they would be a tenth of the engine's code. */

import type * as Parts from './parts.ts'

let loading: Promise<typeof Parts> | undefined

export function loadSealedLayer(): Promise<typeof Parts> {
  loading ??= import('./parts.ts')
  return loading
}
