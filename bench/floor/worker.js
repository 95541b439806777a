/**
 * The floor: the least that a Durable Object can do for a durable message, written in the obvious way. A frame is one
 * message, a message is one call, one insert, one push, and one deletion when the recipient has it. No accounts, no
 * repeats recognised, nothing checked: what the relay is measured against.
 */

import { DurableObject } from 'cloudflare:workers'

/** @typedef {{ FLOOR: DurableObjectNamespace<Floor> }} Env */

/** @extends {DurableObject<Env>} */
export class Floor extends DurableObject {
  /**
   * @param {DurableObjectState} ctx
   * @param {Env} env
   */
  constructor(ctx, env) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS inbox (id INTEGER PRIMARY KEY, body TEXT NOT NULL)')
  }

  /** @override */
  fetch() {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  /**
   * @override
   * @param {WebSocket} socket
   * @param {string} data
   */
  async webSocketMessage(socket, data) {
    const frame = /** @type {{ type: 'send', to: string, id: string, body: string } | { type: 'ack', id: number }} */ (
      JSON.parse(data)
    )
    if (frame.type === 'ack') {
      this.ctx.storage.sql.exec('DELETE FROM inbox WHERE id = ?', frame.id)
      return
    }
    await this.env.FLOOR.get(this.env.FLOOR.idFromName(frame.to)).deposit(frame.id, frame.body)
    socket.send(JSON.stringify({ type: 'accepted', id: frame.id }))
  }

  /**
   * @param {string} messageId
   * @param {string} body
   */
  deposit(messageId, body) {
    const { id } = this.ctx.storage.sql.exec('INSERT INTO inbox (body) VALUES (?) RETURNING id', body).one()
    for (const socket of this.ctx.getWebSockets()) {
      socket.send(JSON.stringify({ type: 'envelope', id, messageId, body }))
    }
  }
}

export default {
  /**
   * @param {Request} request
   * @param {Env} env
   */
  fetch(request, env) {
    const name = new URL(request.url).searchParams.get('name') ?? ''
    return env.FLOOR.get(env.FLOOR.idFromName(name)).fetch(request)
  },
}
