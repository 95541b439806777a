/** What the parts of one engine share. */

import type { MessageName } from '#protocol/content/message-name.ts'
import type { MediaStore } from '../media/media-store.ts'
import type { Fetch, RelayHttp } from '../transport/http.ts'
import type { OpenRawSocket } from '../transport/socket.ts'
import type { Timers } from '../transport/timers.ts'
import { StoreLostError } from '../store/errors.ts'
import { type Store, StoreClosedError } from '../store/store.ts'
import type { Cipher } from './cipher.ts'
import type { Counters } from './counters.ts'
import type { DeviceKey, DeviceKeyProvider } from './device-key.ts'
import { Draft } from './draft.ts'
import { NotRegisteredError } from './errors.ts'
import type { Emitter } from './events.ts'
import type { KeyLogTiming } from './key-log/timing.ts'
import type { Forgetting } from './outbox.ts'
import type { Account, MessageRecord, Settings } from './records.ts'
import type { SerialQueue } from './serial.ts'

/** How long things wait, in milliseconds. */
export interface Timing {
  /** Delay of delivery and read receipts, drawn between these: an immediate one tells who was online when. */
  readonly receiptDelay: readonly [min: number, max: number]
  /** An acknowledgement waits this long for more to acknowledge. */
  readonly ackIdle: number
  /** A sent message without an answer is sent again after this long. */
  readonly answerTimeout: number
  /** How often the key log is asked, where that is not as by default. */
  readonly keyLog?: KeyLogTiming
}

export const DEFAULT_TIMING: Timing = { receiptDelay: [500, 2_000], ackIdle: 30, answerTimeout: 15_000 }

/** What an engine needs of its platform. Everything has a default but in tests. */
export interface Platform {
  readonly fetch: Fetch
  readonly openSocket: OpenRawSocket
  readonly timers: Timers
  /** Uniform in [0, 1); for delays only, never for keys. */
  readonly random: () => number
  readonly cipher: Cipher
  readonly deviceKeys: DeviceKeyProvider
  readonly timing: Timing
  /** The engine closes it. */
  readonly mediaStore: MediaStore
}

export class Core {
  readonly store: Store
  readonly platform: Platform
  readonly http: RelayHttp
  readonly events: Emitter
  readonly counters: Counters
  /** Everything that reads records in order to change them, ratchets above all, takes its turn here. */
  readonly serial: SerialQueue
  /** The account record as committed. Changed by `account.ts` and `linking.ts` only, after their commits. */
  account: Account | undefined
  /** The device's key, loaded with the account. */
  deviceKey: DeviceKey | undefined
  settings: Settings
  /** Told after the commit when a message's timer began: when it is due. Set by `Expiry`. */
  timerBegan: (due: number) => void = () => undefined
  /** Before something is said to an account: it must not be blocked, and its request is accepted by that. Set by `Messaging`. */
  writesTo: (draft: Draft, account: string) => Promise<void> = () => Promise.resolve()
  /** Takes a message's words, and what is about it, out of what waits to be sent and of what was. Set by `Messaging`. */
  forget: (draft: Draft, conversation: string, of: MessageName, forgetting: Forgetting) => Promise<void> = () =>
    Promise.resolve()
  /** Called by whatever deletes a message, in the same transaction: its files go with it. Set by `MediaParts`. */
  forgetFiles: (
    draft: Draft,
    conversation: string,
    message: MessageRecord,
    options?: { readonly forEveryone?: boolean },
  ) => Promise<void> = () => Promise.resolve()
  /** Set by `close`; nothing is started after it. */
  isClosed = false

  constructor(parts: {
    store: Store
    platform: Platform
    http: RelayHttp
    events: Emitter
    counters: Counters
    serial: SerialQueue
    account: Account | undefined
    deviceKey: DeviceKey | undefined
    settings: Settings
  }) {
    this.store = parts.store
    this.platform = parts.platform
    this.http = parts.http
    this.events = parts.events
    this.counters = parts.counters
    this.serial = parts.serial
    this.account = parts.account
    this.deviceKey = parts.deviceKey
    this.settings = parts.settings
  }

  /** One transaction: `task` reads and writes the draft, which is committed when it returns and dropped when it throws. */
  transact<T>(task: (draft: Draft) => Promise<T>): Promise<T> {
    return this.serial.run(async () => {
      const draft = new Draft(this.store)
      const result = await task(draft)
      await draft.commit()
      return result
    })
  }

  /** @throws NotRegisteredError */
  requireAccount(): Account {
    if (this.account === undefined || this.account.stage === 'registering') throw new NotRegisteredError()
    return this.account
  }

  now(): number {
    return this.platform.timers.now()
  }
}

/** Whether the store is closed or taken away: nothing will succeed on it any more. */
export function isStoreGone(error: unknown): boolean {
  return error instanceof StoreClosedError || error instanceof StoreLostError
}
