/** Has this device woken when it is not connected (SPEC, PU-1). What a push says is nothing: the engine connects, and learns the rest. */

import { configuration } from '#protocol/http/accounts.ts'
import { subscribePush, unsubscribePush } from '#protocol/http/push.ts'
import type { PushTarget } from '#protocol/push.ts'
import type { Auth } from './auth.ts'
import type { Core } from './core.ts'

export interface PushCommands {
  /**
   * Whether the relay pushes, and the key that a browser's subscription has to be for, where it pushes to browsers.
   *
   * @throws RelayError, OfflineError
   */
  offered(): Promise<{ readonly applicationServerKey?: string | undefined } | undefined>
  /** @throws RelayError `pushNotOffered`; OfflineError */
  subscribe(target: PushTarget): Promise<void>
  /** @throws RelayError, OfflineError */
  unsubscribe(): Promise<void>
}

export function pushCommands(core: Core, auth: Auth): PushCommands {
  return {
    async offered() {
      const { push } = await core.http.call(configuration, undefined)
      return push
    },
    async subscribe(target) {
      await auth.call(subscribePush, { target })
    },
    async unsubscribe() {
      await auth.call(unsubscribePush, undefined)
    },
  }
}
