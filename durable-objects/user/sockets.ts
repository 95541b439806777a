/** The object's hibernating sockets as the sessions of the rules. */

import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { Inboxes } from './inbox.ts'
import { Session, type SessionState, type SocketPort } from './session.ts'

/** What is left of a session whose socket was closed and whose client has not gone: no session when the object wakes. */
interface Closing {
  readonly closing: true
  /** Characters that the runtime may still keep for it. */
  readonly unread: number
}

// Written below, and by nobody else.
const attachmentOf = (socket: WebSocket) => socket.deserializeAttachment() as SessionState | Closing | null

/** Whether one more socket may be opened beside these: those that do not go take memory. */
export function hasRoomForSocket(sockets: readonly WebSocket[]): boolean {
  if (sockets.length >= RELAY_LIMITS.socketsPerAccount) return false
  let unread = 0
  for (const socket of sockets) {
    const attachment = attachmentOf(socket)
    if (attachment && 'closing' in attachment) unread += attachment.unread
  }
  return unread < RELAY_LIMITS.unreadClosing
}

function portOf(socket: WebSocket, onEnd: (code: string) => void): SocketPort {
  return {
    send(text) {
      // A socket that closed under our hands: its device resumes from its last acknowledgement.
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close(code, reason, unread) {
      const closing: Closing = { closing: true, unread }
      socket.serializeAttachment(closing)
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason)
      onEnd(reason)
    },
    save(state) {
      socket.serializeAttachment(state)
    },
  }
}

export class Sockets {
  readonly #sessions = new Map<WebSocket, Session>()
  readonly #onEnd: (code: string) => void

  /** @param onEnd is told with which error code the relay ended a socket */
  constructor(onEnd: (code: string) => void) {
    this.#onEnd = onEnd
  }

  /** The session of a socket that was just accepted for `device`. */
  open(socket: WebSocket, device: number, inboxes: Inboxes): Session {
    const state: SessionState = { device, greeted: false, sentUpTo: 0 }
    socket.serializeAttachment(state)
    return this.#remember(socket, state, inboxes)
  }

  /** Takes up a socket that outlived the object's memory; `undefined` when it is closing. */
  resume(socket: WebSocket, inboxes: Inboxes): Session | undefined {
    const state = attachmentOf(socket)
    return state === null || 'closing' in state ? undefined : this.#remember(socket, state, inboxes)
  }

  session(socket: WebSocket): Session | undefined {
    return this.#sessions.get(socket)
  }

  forget(socket: WebSocket): void {
    this.#sessions.delete(socket)
  }

  #remember(socket: WebSocket, state: SessionState, inboxes: Inboxes): Session {
    const session = new Session(portOf(socket, this.#onEnd), inboxes, state)
    this.#sessions.set(socket, session)
    return session
  }
}
