import { Trans } from '@lingui/react/macro'
import { Spinner } from '../../kit/index.ts'

/** While the code of a pane is fetched. */
export function PaneLoading() {
  return (
    <div className="grid h-full place-content-center text-muted">
      <Spinner className="size-7" />
      <span className="sr-only">
        <Trans>Loading…</Trans>
      </span>
    </div>
  )
}
