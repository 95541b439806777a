/** Pairs on the floor. */

import { NOBODY, type Pair } from './pair.ts'
import { type TextSocket, openSocket } from './socket.ts'

type DownFrame =
  | { readonly type: 'accepted'; readonly id: string }
  | { readonly type: 'envelope'; readonly id: number; readonly messageId: string; readonly body: string }

class FloorPair implements Pair {
  events = NOBODY
  readonly #to: string
  #sender: TextSocket | undefined
  #recipient: TextSocket | undefined

  constructor(to: string) {
    this.#to = to
  }

  async open(port: number, from: string): Promise<void> {
    const take = (text: string) => this.#take(JSON.parse(text) as DownFrame)
    this.#recipient = await openSocket({ port, path: `/?name=${this.#to}`, onText: take })
    this.#sender = await openSocket({ port, path: `/?name=${from}`, onText: take })
  }

  send(messages: readonly { readonly messageId: string; readonly body: string }[]): void {
    for (const { messageId, body } of messages) {
      this.#sender?.send(JSON.stringify({ type: 'send', to: this.#to, id: messageId, body }))
    }
  }

  close(): void {
    this.#sender?.destroy()
    this.#recipient?.destroy()
  }

  #take(frame: DownFrame): void {
    if (frame.type === 'accepted') return this.events.accepted([frame.id])
    this.#recipient?.send(JSON.stringify({ type: 'ack', id: frame.id }))
    this.events.delivered(frame.messageId)
  }
}

/** A pair of new names. */
export async function openFloorPair(port: number): Promise<Pair> {
  const name = crypto.randomUUID()
  const pair = new FloorPair(`to-${name}`)
  await pair.open(port, `from-${name}`)
  return pair
}
