import { useEffect } from 'react'
import { renewSubscription } from '../../features/settings/pushes.ts'
import { useApi } from '../../state/index.ts'

/** Tells the relay of the browser's push subscription whenever the client starts: either of them may have lost it. */
export function PushRenewal() {
  const api = useApi()
  useEffect(() => {
    void renewSubscription(api).catch(() => undefined)
  }, [api])
  return null
}
