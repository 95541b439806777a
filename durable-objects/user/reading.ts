/**
 * How much of what a socket was sent may still be unread. The runtime queues without bound what a client does not take, keeps it when
 * the socket is closed, and does not tell how much it is: so the client is asked, by a nonce that it knows only once it has read up to it.
 */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'

/** What survives hibernation, in the socket's attachment. Up to `readCheckBytes` are forgotten by it. */
export interface ReadingState {
  /** Characters sent and not known to be read. */
  readonly unread: number
  /** The check that was not answered yet, and how much of the above it covers. */
  readonly check?: { readonly nonce: string; readonly covers: number } | undefined
  /** News of groups waits in storage to be told once the device has read on. */
  readonly owesNews?: boolean | undefined
}

export class Reading {
  #unread: number
  #check: ReadingState['check']
  #owesNews: boolean

  constructor({ unread, check, owesNews = false }: ReadingState = { unread: 0 }) {
    this.#unread = unread
    this.#check = check
    this.#owesNews = owesNews
  }

  /** `undefined` while there is nothing to keep. */
  get state(): ReadingState | undefined {
    if (this.#check === undefined && !this.#owesNews) return undefined
    return { unread: this.#unread, check: this.#check, ...(this.#owesNews && { owesNews: true }) }
  }

  get unread(): number {
    return this.#unread
  }

  /** What others make the relay push is held back: nobody can have somebody else's socket closed by it. */
  get isBehind(): boolean {
    return this.#unread >= RELAY_LIMITS.unreadBehind
  }

  /** Beyond what the relay pushes by itself: the client sends and does not read the answers. */
  get isStuck(): boolean {
    return this.#unread >= RELAY_LIMITS.unreadMost
  }

  /** How much may be pushed. */
  get room(): number {
    return RELAY_LIMITS.unreadPushed - this.#unread
  }

  /** Counts a frame. Answers the nonce of a check to be sent behind it, when it is time for one. */
  sent(characters: number): string | undefined {
    this.#unread += characters
    return this.#nextCheck()
  }

  /** News of groups waits for the device. */
  oweNews(): void {
    this.#owesNews = true
  }

  /** Whether news is to be told now. */
  takeOwedNews(): boolean {
    if (!this.#owesNews || this.isBehind) return false
    this.#owesNews = false
    return true
  }

  /** The client says that it read up to a check. `false`: it was not asked that. Else the nonce of the next check, if there is one to be sent. */
  confirmed(nonce: string): false | { readonly next: string | undefined } {
    if (this.#check?.nonce !== nonce) return false
    this.#unread -= this.#check.covers
    this.#check = undefined
    return { next: this.#nextCheck() }
  }

  #nextCheck(): string | undefined {
    if (this.#check !== undefined || this.#unread < RELAY_LIMITS.readCheckEvery) return undefined
    this.#check = { nonce: toBase64url(randomBytes(8)), covers: this.#unread }
    return this.#check.nonce
  }
}
