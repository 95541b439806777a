/** What the load generator can be told to do. It runs in a process of its own, so that it shares no thread with the rest. */

import type { Device } from './device.ts'
import { drainInbox, openSockets, registerSome, logInSome } from './accounts.ts'
import { openFloorPair } from './floor.ts'
import { loneHops, saturate } from './measure.ts'
import type { Pair } from './pair.ts'
import { openRelayPair } from './relay.ts'

export type Target = 'floor' | 'relay'

const pairs: Record<Target, Pair[]> = { floor: [], relay: [] }
const devices: Device[] = []

export const COMMANDS = {
  /** Opens `count` pairs and keeps them. */
  async connect({ target, port, count }: { target: Target; port: number; count: number }) {
    const open = target === 'floor' ? openFloorPair : openRelayPair
    for (let made = 0; made < count; made += 1) pairs[target].push(await open(port))
    return {}
  },

  /** Lone hops through a pair of its own: a socket may only send so many frames in a while. */
  async loneHops({ target, port, hops }: { target: Target; port: number; hops: number }) {
    const pair = await (target === 'floor' ? openFloorPair : openRelayPair)(port)
    await loneHops(pair, Math.ceil(hops / 10))
    const latencies = await loneHops(pair, hops)
    pair.close()
    return { latencies }
  },

  /** Load on all pairs. */
  async saturate({ target, ...load }: { target: Target; window: number; seconds: number; warmUp: number }) {
    return saturate(pairs[target], load)
  },

  async drainInbox(options: { port: number; envelopes: number }) {
    return drainInbox(options)
  },

  async register({ port, count }: { port: number; count: number }) {
    const { made, times } = await registerSome(port, count)
    devices.push(...made)
    return { times }
  },

  /** Logs in the devices that `register` left. */
  async logIn() {
    return { times: await logInSome(devices) }
  },

  async openSockets() {
    return { times: await openSockets(devices) }
  },
} as const

export type Commands = typeof COMMANDS
