/** "… is typing" to a contact: sent as ephemeral messages. */

import type { UpFrame } from '#protocol/frames/up.ts'
import type { Json } from '../store/store.ts'
import { conversationOf } from './conversations.ts'
import type { Core } from './core.ts'
import { knownDeviceList } from './directory.ts'
import type { KeyLog } from './key-log/key-log.ts'
import { drawMessageId } from './message-id.ts'
import { Sealer } from './seal.ts'
import type { Sealed } from './sealed/sealed.ts'
import { TypingPace } from './typists.ts'

export class TypingNotices {
  readonly #core: Core
  readonly #send: (frame: UpFrame) => boolean
  readonly #keyLog: Pick<KeyLog, 'permits'>
  readonly #sealed: Pick<Sealed, 'ready'>
  readonly #pace = new TypingPace()

  constructor(
    core: Core,
    send: (frame: UpFrame) => boolean,
    keyLog: Pick<KeyLog, 'permits'>,
    sealed: Pick<Sealed, 'ready'>,
  ) {
    this.#sealed = sealed
    this.#core = core
    this.#send = send
    this.#keyLog = keyLog
  }

  /** Tells a contact, unless it was told just now, the setting is off, or there is no session with it yet. */
  async tell(conversation: string, typing: boolean): Promise<void> {
    if (!this.#core.settings.typing || !this.#pace.isDue(conversation, typing, this.#core.now())) return
    const layer = this.#sealed.ready
    if (layer === undefined) return
    const messageId = drawMessageId()
    const notice = await this.#core.transact(async (draft) => {
      const { request, blocked } = await conversationOf(draft, conversation)
      if (request === true || blocked === true) return undefined
      const list = await knownDeviceList(draft, conversation)
      const sealer = new Sealer(draft, this.#core.requireAccount(), this.#core.platform.cipher)
      // Not worth fetching keys for: who has no session yet learns it by the message itself.
      if (list === undefined || !(await sealer.isComplete(list))) return undefined
      if (!(await this.#keyLog.permits(draft, conversation))) return undefined
      const route = await layer.routeEphemeral(draft, conversation, list)
      if (route.way !== 'identified' && route.way !== 'sealed') return undefined
      const message = await sealer.seal({ kind: 'typing', typing } satisfies Json, list)
      const covered = await layer.cover({ messageId, ephemeral: true, envelopes: message.envelopes }, list)
      return { route, covered, message: { messageId, to: conversation, ...message, ephemeral: true } }
    })
    if (notice === undefined) return
    const { route, covered, message } = notice
    if (route.way === 'identified') this.#send({ type: 'send', messages: [message] })
    else if (covered !== undefined) {
      const delivery = { ...message, envelopes: covered.envelopes, credential: route.credential }
      // Missed, it is missed.
      await layer.deliver([delivery], () => Promise.resolve()).catch(() => undefined)
    }
  }

  /** A message was sent. */
  sent(conversation: string): void {
    this.#pace.sent(conversation)
  }
}
