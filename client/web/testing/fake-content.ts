/** What is said in the fake engine's conversations besides texts. */

import type { EngineApi } from '../engine/api.ts'
import { fakeId, previewOf } from './fake-conversations.ts'
import type { FakeHost } from './fake-groups.ts'

type ContentCommands = Pick<EngineApi, 'setTimer'>

const SELF = fakeId('self')
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export class FakeContent {
  readonly #host: FakeHost
  #made = 0

  constructor(host: FakeHost) {
    this.#host = host
  }

  readonly commands: ContentCommands = {
    setTimer: async (id, seconds) => {
      await wait(20)
      const { timeline } = this.#host.conversations.get(id) ?? this.#host.fail('unknownRecipient')
      const event = { event: 'timer', by: SELF, seconds } as const
      const place = { id: fakeId(`timer${++this.#made}`), at: Date.now() }
      const item = timeline.appendEvent({ kind: 'groupEvent', ...place, event, names: {} })
      this.#host.emit({ type: 'items', conversation: id, items: [item] })
      const change = { ...previewOf(timeline), ...(seconds === 0 ? {} : { timer: seconds }) }
      this.#host.change(id, change, seconds === 0 ? ['timer'] : [])
    },
  }
}
