/** The two shapes of load, the same for whatever serves the pairs. */

import { newMessageId, nextBody } from './body.ts'
import type { Pair } from './pair.ts'

export interface Throughput {
  /** Messages per second that reached their recipient's socket. */
  readonly perSecond: number
  /** Milliseconds from `send` to the recipient's socket, one for each message. */
  readonly latencies: readonly number[]
}

function message(): { messageId: string; body: string } {
  return { messageId: newMessageId(), body: nextBody() }
}

/**
 * `hops` messages one after the other: the next leaves when the last one was delivered and accepted. Milliseconds from
 * `send` to the recipient's socket.
 */
export async function loneHops(pair: Pair, hops: number): Promise<number[]> {
  const latencies: number[] = []
  for (let hop = 0; hop < hops; hop += 1) {
    const next = message()
    const { promise, resolve } = Promise.withResolvers<undefined>()
    let open = 2
    const step = () => {
      open -= 1
      if (open === 0) resolve(undefined)
    }
    const sentAt = performance.now()
    pair.events = {
      delivered() {
        latencies.push(performance.now() - sentAt)
        step()
      },
      accepted: step,
    }
    pair.send([next])
    await promise
  }
  return latencies
}

/**
 * Every pair keeps `window` messages in flight for `seconds`, after `warmUp` seconds that do not count. A message leaves
 * the window when it was delivered and accepted; what an answer frees leaves together.
 */
export async function saturate(
  pairs: readonly Pair[],
  { window, seconds, warmUp }: { window: number; seconds: number; warmUp: number },
): Promise<Throughput> {
  const startsAt = performance.now() + warmUp * 1_000
  const endsAt = startsAt + seconds * 1_000
  const latencies: number[] = []
  await Promise.all(
    pairs.map((pair) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const sentAt = new Map<string, number>()
      /** Delivered or accepted, and not yet both. */
      const half = new Set<string>()
      let inFlight = 0
      let scheduled = false
      const refill = () => {
        scheduled = false
        if (performance.now() >= endsAt) {
          if (inFlight === 0) resolve(undefined)
          return
        }
        const messages = Array.from({ length: window - inFlight }, message)
        if (messages.length === 0) return
        inFlight = window
        const now = performance.now()
        for (const { messageId } of messages) sentAt.set(messageId, now)
        pair.send(messages)
      }
      const step = (messageId: string) => {
        if (!half.delete(messageId)) {
          half.add(messageId)
          return
        }
        inFlight -= 1
        if (!scheduled) queueMicrotask(refill)
        scheduled = true
      }
      pair.events = {
        delivered(messageId) {
          const now = performance.now()
          const sent = sentAt.get(messageId) ?? now
          sentAt.delete(messageId)
          if (now >= startsAt && now < endsAt) latencies.push(now - sent)
          step(messageId)
        },
        accepted(messageIds) {
          for (const messageId of messageIds) step(messageId)
        },
      }
      refill()
      return promise
    }),
  )
  return { perSecond: latencies.length / seconds, latencies }
}
