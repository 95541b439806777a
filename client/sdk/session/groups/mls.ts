/** The MLS layer, loaded when something first needs it, which is never before an account is connected: two thirds of the rest of the engine's code. */

import type * as Mls from '../../mls/index.ts'

export type MlsLayer = typeof Mls

let loading: Promise<MlsLayer> | undefined

export function loadMls(): Promise<MlsLayer> {
  loading ??= import('../../mls/index.ts')
  return loading
}
