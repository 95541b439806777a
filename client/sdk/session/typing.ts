/** "… is typing": sent as ephemeral messages, and forgotten by itself. */

import type { UpFrame } from '#protocol/frames/up.ts'
import type { Json } from '../store/store.ts'
import { drawMessageId, type Core } from './core.ts'
import { knownDeviceList } from './directory.ts'
import { Sealer } from './seal.ts'

/** A notice holds this long when no other follows. */
export const TYPING_EXPIRES_MS = 6_000
/** While somebody goes on typing, the others are told again this often. */
export const TYPING_EVERY_MS = 4_000

export class TypingNotices {
  readonly #core: Core
  readonly #send: (frame: UpFrame) => boolean
  /** When a contact was told last that we type. */
  readonly #told = new Map<string, number>()
  /** The timers that end the notices of others. */
  readonly #heard = new Map<string, unknown>()

  constructor(core: Core, send: (frame: UpFrame) => boolean) {
    this.#core = core
    this.#send = send
  }

  /** Tells a contact, unless it was told just now, the setting is off, or there is no session with it yet. */
  async tell(conversation: string, typing: boolean): Promise<void> {
    const told = this.#told.get(conversation)
    const now = this.#core.now()
    if (!this.#core.settings.typing) return
    if (typing ? told !== undefined && told + TYPING_EVERY_MS > now : told === undefined) return
    if (typing) this.#told.set(conversation, now)
    else this.#told.delete(conversation)
    const message = await this.#core.transact(async (draft) => {
      const list = await knownDeviceList(draft, conversation)
      const sealer = new Sealer(draft, this.#core.requireAccount(), this.#core.platform.cipher)
      // Not worth fetching keys for: who has no session yet learns it by the message itself.
      if (list === undefined || !(await sealer.isComplete(list))) return undefined
      return sealer.seal({ kind: 'typing', typing } satisfies Json, list)
    })
    if (message === undefined) return
    this.#send({
      type: 'send',
      messages: [{ messageId: drawMessageId(), to: conversation, ...message, ephemeral: true }],
    })
  }

  /** A message was sent: that says more, and the next keystroke is told at once. */
  sent(conversation: string): void {
    this.#told.delete(conversation)
  }

  /** What was being typed is here. */
  received(conversation: string): void {
    this.heard(conversation, false)
  }

  heard(conversation: string, typing: boolean): void {
    const { timers } = this.#core.platform
    const wasTyping = this.#heard.has(conversation)
    timers.clear(this.#heard.get(conversation))
    this.#heard.delete(conversation)
    if (typing) {
      const expire = () => this.heard(conversation, false)
      this.#heard.set(conversation, timers.set(expire, TYPING_EXPIRES_MS))
    }
    if (typing !== wasTyping) this.#core.events.emit('typing', { conversation, typing })
  }

  close(): void {
    for (const timer of this.#heard.values()) this.#core.platform.timers.clear(timer)
    this.#heard.clear()
  }
}
