import { Trans } from '@lingui/react/macro'
import { Spinner } from '../../kit/index.ts'

/** While the code of a pane is fetched, or what it shows. */
export function PaneLoading() {
  return (
    <div className="grid h-full flex-1 place-content-center text-muted">
      <Spinner className="size-7" />
      <h1 className="sr-only">
        <Trans>Loading…</Trans>
      </h1>
    </div>
  )
}

/** The same where there is nothing around the pane yet. */
export function PageLoading() {
  return (
    <main id="pane" data-section tabIndex={-1} className="h-full">
      <PaneLoading />
    </main>
  )
}
