/** "… is typing" to a contact: sent as ephemeral messages. */

import type { UpFrame } from '#protocol/frames/up.ts'
import type { Json } from '../store/store.ts'
import type { Core } from './core.ts'
import { knownDeviceList } from './directory.ts'
import type { KeyLog } from './key-log/key-log.ts'
import { drawMessageId } from './message-id.ts'
import { Sealer } from './seal.ts'
import { TypingPace } from './typists.ts'

export class TypingNotices {
  readonly #core: Core
  readonly #send: (frame: UpFrame) => boolean
  readonly #keyLog: Pick<KeyLog, 'permits'>
  readonly #pace = new TypingPace()

  constructor(core: Core, send: (frame: UpFrame) => boolean, keyLog: Pick<KeyLog, 'permits'>) {
    this.#core = core
    this.#send = send
    this.#keyLog = keyLog
  }

  /** Tells a contact, unless it was told just now, the setting is off, or there is no session with it yet. */
  async tell(conversation: string, typing: boolean): Promise<void> {
    if (!this.#core.settings.typing || !this.#pace.isDue(conversation, typing, this.#core.now())) return
    const message = await this.#core.transact(async (draft) => {
      const list = await knownDeviceList(draft, conversation)
      const sealer = new Sealer(draft, this.#core.requireAccount(), this.#core.platform.cipher)
      // Not worth fetching keys for: who has no session yet learns it by the message itself.
      if (list === undefined || !(await sealer.isComplete(list))) return undefined
      if (!(await this.#keyLog.permits(draft, conversation))) return undefined
      return sealer.seal({ kind: 'typing', typing } satisfies Json, list)
    })
    if (message === undefined) return
    this.#send({
      type: 'send',
      messages: [{ messageId: drawMessageId(), to: conversation, ...message, ephemeral: true }],
    })
  }

  /** A message was sent. */
  sent(conversation: string): void {
    this.#pace.sent(conversation)
  }
}
