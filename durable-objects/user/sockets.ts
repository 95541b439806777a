/** The object's hibernating sockets as the sessions of the rules. */

import type { Inboxes } from './inbox.ts'
import { Session, type SessionState, type SocketPort } from './session.ts'

function portOf(socket: WebSocket): SocketPort {
  return {
    send(text) {
      // A socket that closed under our hands: its device resumes from its last acknowledgement.
      if (socket.readyState === WebSocket.OPEN) socket.send(text)
    },
    close(code, reason) {
      // No attachment, no session: a socket that is closing is not taken up again when the object wakes.
      socket.serializeAttachment(null)
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason)
    },
    save(state) {
      socket.serializeAttachment(state)
    },
  }
}

export class Sockets {
  readonly #sessions = new Map<WebSocket, Session>()

  /** The session of a socket that was just accepted for `device`. */
  open(socket: WebSocket, device: number, inboxes: Inboxes): Session {
    const state: SessionState = { device, greeted: false, sentUpTo: 0 }
    socket.serializeAttachment(state)
    return this.#remember(socket, state, inboxes)
  }

  /** Takes up a socket that outlived the object's memory; `undefined` when it is closing. */
  resume(socket: WebSocket, inboxes: Inboxes): Session | undefined {
    // Written by `save` above, and by nobody else.
    const state = socket.deserializeAttachment() as SessionState | null
    return state === null ? undefined : this.#remember(socket, state, inboxes)
  }

  session(socket: WebSocket): Session | undefined {
    return this.#sessions.get(socket)
  }

  forget(socket: WebSocket): void {
    this.#sessions.delete(socket)
  }

  #remember(socket: WebSocket, state: SessionState, inboxes: Inboxes): Session {
    const session = new Session(portOf(socket), inboxes, state)
    this.#sessions.set(socket, session)
    return session
  }
}
