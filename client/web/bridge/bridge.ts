/** A tab's side of the engine: calls, events, and the way over from a host that died to the next one. */

import { type Endpoint, type Remote, wrap } from 'comlink'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import type { ExclusiveLocks } from '#sdk/store/web-lock.ts'
import type { CommandFailure, EngineApi, EngineEvent } from '../engine/api.ts'
import { type Call, commandsBy } from '../engine/host/commands.ts'
import {
  type Channel,
  type FromHost,
  type FromTab,
  hostLock,
  isFromHost,
  say,
  tabLock,
} from '../engine/host/messages.ts'
import type { EngineConnection } from './connection.ts'
import type { Link } from './links.ts'

/** A host that answers. */
interface Attached {
  readonly instance: string
  readonly remote: Remote<EngineApi>
  /** Rejects with {@link HostLost} when it dies. */
  readonly lost: Promise<never>
  readonly lose: (reason: HostLost) => void
}

/** The worker with the engine died. Whether it did what it was asked to is unknown. */
class HostLost extends Error {
  override readonly name = 'HostLost'
}

/** An engine that is busy must not keep its tab waiting for longer. Milliseconds. */
const PATIENCE_MS = 1_000

const isOpening = (event: EngineEvent): boolean =>
  event.type === 'phase' && (event.phase.phase === 'ready' || event.phase.phase === 'revoked')

/**
 * Commands that keep what somebody wrote. A lock that comes between (the worker that had the key died with its tab, or
 * another tab locked) must not lose it: these wait, in this tab's memory, until the client is open again.
 */
const WRITTEN: ReadonlySet<keyof EngineApi> = new Set(['sendText', 'sendFiles', 'saveDraft', 'editMessage'])

export class Bridge implements EngineConnection {
  readonly api: EngineApi
  readonly #tab = toBase64url(randomBytes(16))
  readonly #link: Link
  readonly #locks: ExclusiveLocks
  readonly #listeners = new Set<(event: EngineEvent) => void>()
  readonly #otherBuildListeners = new Set<() => void>()
  readonly #underWay = new Set<Promise<unknown>>()
  #isOtherBuildWaiting = false
  #channel: Channel | undefined
  #host: Attached | undefined
  /** Calls that wait for a host. */
  #waiting: ((host: Attached) => void)[] = []
  /** Calls that wait for an unlock. */
  #locked: (() => void)[] = []
  /** Those calls are being repeated: what the engine tells meanwhile lacks what they keep, and is asked for again. */
  #isResuming = false

  constructor(link: Link, locks: ExclusiveLocks) {
    this.#link = link
    this.#locks = locks
    this.api = commandsBy((name, args) => this.#call(name, args))
    const held = locks.request(tabLock(this.#tab), { mode: 'exclusive' }, () => {
      // The host sees by this lock that the tab is there.
      this.#link.open(this.#tab, {
        channel: (channel) => this.#use(channel),
        failed: () => this.#deliver([{ type: 'phase', phase: { phase: 'failed', code: 'internal' } }]),
      })
      return new Promise<void>(() => undefined)
    })
    held.catch(() => this.#deliver([{ type: 'phase', phase: { phase: 'failed', code: 'locksUnavailable' } }]))
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener)
    if (this.#host !== undefined) this.#post({ toHost: 'snapshot' })
    return () => this.#listeners.delete(listener)
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  onOtherBuild(listener: () => void): () => void {
    this.#otherBuildListeners.add(listener)
    return () => this.#otherBuildListeners.delete(listener)
  }

  agreeToOtherBuild(): void {
    this.#post({ toHost: 'agree' })
  }

  /** Nobody looks at this tab: it does not keep another build waiting. */
  leave(): void {
    if (this.#isOtherBuildWaiting) this.agreeToOtherBuild()
  }

  /** Somebody looks at it again, and may write: it is asked before it is left. */
  stay(): void {
    if (this.#isOtherBuildWaiting) this.#post({ toHost: 'stay' })
  }

  networkAvailable(): void {
    this.#post({ toHost: 'networkAvailable' })
  }

  #post(message: FromTab): void {
    if (this.#channel !== undefined) say(this.#channel, message)
  }

  #use(channel: Channel): void {
    this.#channel = channel
    channel.addEventListener('message', ({ data }) => {
      if (this.#channel === channel && isFromHost(data)) this.#received(channel, data)
    })
  }

  #received(channel: Channel, message: FromHost): void {
    switch (message.toTab) {
      case 'welcome':
        return this.#welcomed(channel, message.instance)
      case 'events':
        return this.#deliver(message.events)
      case 'otherBuildWaits':
        this.#isOtherBuildWaiting = true
        for (const listener of this.#otherBuildListeners) listener()
    }
  }

  #welcomed(channel: Channel, instance: string): void {
    if (this.#host?.instance === instance) return
    this.#lost()
    const { promise: lost, reject: lose } = Promise.withResolvers<never>()
    // Without a call under way nobody waits for it.
    lost.catch(() => undefined)
    const host: Attached = { instance, remote: wrap<EngineApi>(channel as Endpoint), lost, lose }
    this.#host = host
    this.#isOtherBuildWaiting = false
    const died = this.#locks.request(hostLock(instance), { mode: 'exclusive' }, () => {
      if (this.#host === host) {
        this.#lost()
        this.#link.reopen()
      }
      return undefined
    })
    died.catch(() => undefined)
    if (this.#listeners.size > 0) this.#post({ toHost: 'snapshot' })
    for (const resolve of this.#waiting.splice(0)) resolve(host)
  }

  #lost(): void {
    this.#host?.lose(new HostLost())
    this.#host = undefined
  }

  #deliver(events: readonly EngineEvent[]): void {
    if (this.#isResuming) return
    const opened = this.#locked.length === 0 ? -1 : events.findIndex(isOpening)
    if (opened === -1) return this.#tell(events)
    this.#tell(events.slice(0, opened))
    void this.#resume()
  }

  #tell(events: readonly EngineEvent[]): void {
    for (const event of events) for (const listener of this.#listeners) listener(event)
  }

  /** Repeats what waited for an unlock; then the open client is shown. */
  async #resume(): Promise<void> {
    this.#isResuming = true
    for (const resume of this.#locked.splice(0)) resume()
    const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
    await Promise.race([this.idle(), patience])
    this.#isResuming = false
    this.#post({ toHost: 'snapshot' })
  }

  /** Resolves when the client is open again. */
  #unlocked(): Promise<void> {
    return new Promise((resolve) => this.#locked.push(resolve))
  }

  #attached(): Promise<Attached> {
    if (this.#host !== undefined) return Promise.resolve(this.#host)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async #call(name: keyof EngineApi, args: readonly unknown[]): Promise<unknown> {
    const answer = this.#repeat(name, args)
    this.#underWay.add(answer)
    try {
      return await answer
    } finally {
      this.#underWay.delete(answer)
    }
  }

  /** Every command can be repeated: a text is known by its id. */
  async #repeat(name: keyof EngineApi, args: readonly unknown[]): Promise<unknown> {
    for (;;) {
      const host = await this.#attached()
      try {
        return await this.#on(host, name, args)
      } catch (error) {
        if (error instanceof HostLost) continue
        if (!WRITTEN.has(name) || (error as CommandFailure | undefined)?.code !== 'locked') throw error
        await this.#unlocked()
      }
    }
  }

  #on(host: Attached, name: keyof EngineApi, args: readonly unknown[]): Promise<unknown> {
    const command = host.remote[name] as unknown as Call
    return Promise.race([command(...args), host.lost])
  }
}
