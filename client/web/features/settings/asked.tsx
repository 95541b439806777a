import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Banner, Button, Skeleton } from '../../kit/index.ts'
import { useFailureText } from './failure.ts'
import type { Answer } from './use-answer.ts'

interface AskedProps<T> {
  readonly answer: Answer<T>
  readonly again: () => void
  readonly children: (value: T) => ReactNode
}

/** What a question answered, or that it is under way, or that it failed. */
export function Asked<T>({ answer, again, children }: AskedProps<T>) {
  const failureText = useFailureText()
  switch (answer.state) {
    case 'loading':
      return <Skeleton className="h-40 w-full rounded-card" />
    case 'failed':
      return (
        <Banner
          tone="warning"
          action={
            <Button size="small" onClick={again}>
              <Trans>Try again</Trans>
            </Button>
          }
        >
          {failureText(answer.failure)}
        </Banner>
      )
    case 'ready':
      return children(answer.value)
  }
}
