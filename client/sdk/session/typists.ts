/** Who is typing where, as far as this device was told; and when to tell others that its user is. */

import type { Core } from './core.ts'

/** A notice holds this long when no other follows. */
export const TYPING_EXPIRES_MS = 6_000
/** While somebody goes on typing, the others are told again this often. */
export const TYPING_EVERY_MS = 4_000

/** The others. What was heard of somebody ends by itself. */
export class Typists {
  readonly #core: Core
  /** The timers that end notices, by conversation and account, who began first before the others. */
  readonly #heard = new Map<string, Map<string, unknown>>()

  constructor(core: Core) {
    this.#core = core
  }

  heard(conversation: string, account: string, typing: boolean): void {
    const { timers } = this.#core.platform
    const typists = this.#heard.get(conversation) ?? new Map<string, unknown>()
    const wasTyping = typists.has(account)
    timers.clear(typists.get(account))
    if (typing)
      typists.set(
        account,
        timers.set(() => this.heard(conversation, account, false), TYPING_EXPIRES_MS),
      )
    else typists.delete(account)
    if (typists.size > 0) this.#heard.set(conversation, typists)
    else this.#heard.delete(conversation)
    if (typing !== wasTyping) this.#core.events.emit('typing', { conversation, accounts: [...typists.keys()] })
  }

  close(): void {
    for (const typists of this.#heard.values()) {
      for (const timer of typists.values()) this.#core.platform.timers.clear(timer)
    }
    this.#heard.clear()
  }
}

/** This device. */
export class TypingPace {
  /** When a conversation was told last that we type. */
  readonly #told = new Map<string, number>()

  /** Whether to tell it now; then it counts as told. */
  isDue(conversation: string, typing: boolean, now: number): boolean {
    const told = this.#told.get(conversation)
    if (typing ? told !== undefined && told + TYPING_EVERY_MS > now : told === undefined) return false
    if (typing) this.#told.set(conversation, now)
    else this.#told.delete(conversation)
    return true
  }

  /** What it was told last. */
  isTold(conversation: string): boolean {
    return this.#told.has(conversation)
  }

  /** A message was sent: that says more, and the next keystroke is told at once. */
  sent(conversation: string): void {
    this.#told.delete(conversation)
  }
}
