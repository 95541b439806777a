/**
 * Messages on their way to other accounts' objects: one call in flight per recipient, and whatever arrives meanwhile goes
 * in the next one. With one message in flight that costs nothing; under load it is what makes the throughput
 * (`bench/`). It also keeps each sender's messages to one recipient in order.
 */

import { LIMITS } from '#protocol/limits.ts'

/** Messages in one call. */
const MAX_BATCH = LIMITS.messagesPerSend
/** Octets of base64url in one call: a Workers RPC argument may have 32 MiB; half a socket's window keeps latency even. */
const MAX_BATCH_SIZE = 2 * 1_024 * 1_024

interface Waiting<Message, Answer> {
  readonly message: Message
  readonly size: number
  readonly answer: (answer: Answer) => void
}

interface Lane<Message, Answer> {
  waiting: Waiting<Message, Answer>[]
  busy: boolean
}

export class Outbound<Message, Answer> {
  readonly #lanes = new Map<string, Lane<Message, Answer>>()
  readonly #deliver: (to: string, messages: readonly Message[]) => Promise<readonly Answer[]>
  readonly #failed: (message: Message, error: unknown) => Answer

  /**
   * `deliver` makes the call; its answers are in the order of the messages. `failed` makes the answer to a message whose
   * call threw: the message may or may not have been stored, and its sender repeats it under the same id.
   */
  constructor(
    deliver: (to: string, messages: readonly Message[]) => Promise<readonly Answer[]>,
    failed: (message: Message, error: unknown) => Answer,
  ) {
    this.#deliver = deliver
    this.#failed = failed
  }

  /** Queues a message; `answer` is called once. */
  enqueue(to: string, message: Message, size: number, answer: (answer: Answer) => void): void {
    const lane = this.#lanes.get(to) ?? { waiting: [], busy: false }
    this.#lanes.set(to, lane)
    lane.waiting.push({ message, size, answer })
  }

  /** Starts calls for all recipients that have messages waiting and no call in flight. Resolves when nothing is left. */
  async flush(): Promise<void> {
    const idle = [...this.#lanes].filter(([, lane]) => !lane.busy)
    await Promise.all(idle.map(([to, lane]) => this.#drain(to, lane)))
  }

  async #drain(to: string, lane: Lane<Message, Answer>): Promise<void> {
    lane.busy = true
    while (lane.waiting.length > 0) {
      const batch = takeBatch(lane.waiting)
      const messages = batch.map(({ message }) => message)
      try {
        const answers = await this.#deliver(to, messages)
        for (const [at, { message, answer }] of batch.entries()) {
          answer(answers[at] ?? this.#failed(message, new Error('no answer')))
        }
      } catch (error) {
        // What waits behind must not overtake what failed: the sender repeats all of it, in order.
        const behind = lane.waiting.splice(0)
        for (const { message, answer } of [...batch, ...behind]) answer(this.#failed(message, error))
      }
    }
    this.#lanes.delete(to)
  }
}

function takeBatch<T extends { readonly size: number }>(waiting: T[]): T[] {
  let size = 0
  let count = 0
  for (const item of waiting) {
    size += item.size
    if (count > 0 && (count >= MAX_BATCH || size > MAX_BATCH_SIZE)) break
    count += 1
  }
  return waiting.splice(0, count)
}
