/** One sender and one recipient under load, whatever serves them. */

export interface PairEvents {
  /** The message reached the recipient's socket. */
  delivered(messageId: string): void
  /** The sender was told that these are durable. */
  accepted(messageIds: readonly string[]): void
}

export interface Pair {
  /** Sends messages at once: in one frame where the wire has such frames. */
  send(messages: readonly { readonly messageId: string; readonly body: string }[]): void
  /** Where events go; set before the first message. */
  events: PairEvents
  /** Acknowledges whatever is left and closes both sockets. */
  close(): void
}

export const NOBODY: PairEvents = { delivered: () => undefined, accepted: () => undefined }
