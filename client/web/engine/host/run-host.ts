import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { ExclusiveLocks } from '#sdk/store/web-lock.ts'
import { EngineHost, type HostOptions } from './engine-host.ts'
import {
  type Channel,
  type ControlMessage,
  type TakeoverMessage,
  broadcast,
  say,
  controlChannel,
  hostLock,
  tabChannel,
  takeoverChannel,
} from './messages.ts'
import { Tabs } from './tabs.ts'

export interface RunningHost {
  /** A tab connected; its name where it is known already, else it comes as the tab's greeting. */
  connect(channel: Channel, tab?: string): void
  /** Ends everything that it holds, as the death of its worker does. */
  stop(): Promise<void>
}

export type RunOptions = Omit<HostOptions, 'deliver' | 'askOtherBuild' | 'locks'> & { readonly locks: ExclusiveLocks }

/** Runs the engine host of a worker: tabs, the handover between builds, and the engine. */
export function runHost(options: RunOptions): RunningHost {
  const { profile, build, locks } = options
  const instance = toBase64url(randomBytes(16))
  const takeover = new BroadcastChannel(takeoverChannel(profile))
  const host = new EngineHost({
    ...options,
    deliver: (events) => tabs.deliver(events),
    askOtherBuild: () => say(takeover, { takeover: build }),
  })
  const tabs = new Tabs(instance, host.api, locks, {
    snapshot: () => host.snapshot(),
    networkAvailable: () => host.networkAvailable(),
    allAgree: () => void host.handOver(),
  })
  takeover.addEventListener('message', ({ data }: MessageEvent<TakeoverMessage>) => {
    if (data.takeover !== build) tabs.askToHandOver()
  })
  const life = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  // Tabs that are welcome wait for this lock, to know of our end: it is taken before the first of them is.
  const held = locks.request(hostLock(instance), { mode: 'exclusive' }, () => {
    begun.resolve()
    return life.promise
  })
  void host.start()
  return {
    connect: (channel, tab) => {
      void begun.promise.then(() => (tab === undefined ? tabs.connect(channel) : tabs.adopt(tab, channel)))
    },
    stop: async () => {
      takeover.close()
      tabs.close()
      await host.stop()
      life.resolve()
      await held
    },
  }
}

/** Lets tabs find this host by broadcast, where they cannot connect to its worker. Answers what ends it. */
export function serveByBroadcast(host: RunningHost, build: string): () => void {
  const control = new BroadcastChannel(controlChannel(build))
  const known = new Set<string>()
  control.addEventListener('message', ({ data }: MessageEvent<ControlMessage>) => {
    if (data.control !== 'hello' || known.has(data.tab)) return
    known.add(data.tab)
    host.connect(broadcast(tabChannel(data.tab)), data.tab)
  })
  say(control, { control: 'hostReady' })
  return () => control.close()
}
