/** The log's proofs, loaded when something is first asked of it: nothing of them is needed to show what is here. */

import type * as ProofLayer from './proof-layer.ts'

let loading: Promise<typeof ProofLayer> | undefined

export function loadProofs(): Promise<typeof ProofLayer> {
  loading ??= import('./proof-layer.ts').catch((error: unknown) => {
    // A file that could not be fetched: the next question tries again.
    loading = undefined
    throw error
  })
  return loading
}
