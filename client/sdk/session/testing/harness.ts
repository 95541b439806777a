/** Engines on a fake relay, with delays of milliseconds, so that tests run in no time. */

import { MemoryDisk } from '../../store/memory.ts'
import type { Store } from '../../store/store.ts'
import type { Timing } from '../core.ts'
import type { Engine } from '../engine.ts'
import { type EngineOptions, openEngine } from '../open-engine.ts'
import type { EngineEvents } from '../events.ts'
import { OUTBOX_QUEUE, OWED_RECEIPTS } from '../records.ts'
import { FakeRelay } from './fake-relay.ts'

const QUICK: Timing = {
  receiptDelay: [0, 2],
  ackIdle: 1,
  answerTimeout: 2_000,
  keyLog: {
    retry: { minMs: 3, maxMs: 10 },
    tellAfter: 10,
    monitorEvery: 0,
    recheckAfter: 60_000,
    tellHeadAfter: 60_000,
    compareAfter: [1, 3],
  },
}

export class Harness {
  readonly relay: FakeRelay
  readonly disk = new MemoryDisk()
  /** The open stores, to look into. */
  readonly stores = new Map<string, Store>()
  readonly #engines = new Map<Engine, string>()
  readonly #options: Partial<EngineOptions>

  constructor(options: Partial<EngineOptions> = {}, relayClock?: () => number) {
    this.relay = new FakeRelay(relayClock)
    this.#options = options
  }

  /** What one engine has besides. */
  protected optionsFor(_name: string): Partial<EngineOptions> {
    return {}
  }

  /** Opens the engine of a store's name. */
  async open(name: string): Promise<Engine> {
    const store = await this.disk.open(name)
    this.stores.set(name, store)
    const engine = await openEngine({
      relayUrl: 'https://relay.test',
      store,
      fetch: this.relay.fetchFor(name),
      openSocket: this.relay.openSocket,
      // Full jitter at its lowest: reconnects at once.
      random: () => 0,
      timing: QUICK,
      settings: { acceptsStrangers: true },
      ...this.#options,
      ...this.optionsFor(name),
    })
    this.#engines.set(engine, name)
    return engine
  }

  /** A registered and connected account, which strangers may write to unless it is said that they ask first. */
  async person(name: string, { acceptsStrangers = true } = {}): Promise<Engine> {
    const engine = await this.open(name)
    if (!acceptsStrangers) await engine.changeSettings({ acceptsStrangers })
    await engine.register({ username: name, profileName: name.toUpperCase() })
    await engine.connect()
    await until(() => engine.connection === 'online')
    return engine
  }

  /** Another device of an account, connected. */
  async linked(name: string, to: Engine): Promise<Engine> {
    const engine = await this.open(name)
    await engine.completeLink(await to.approveLink(await engine.createLinkRequest()))
    await engine.connect()
    await until(() => engine.connection === 'online')
    return engine
  }

  /** Whether a device has nothing left to send. */
  async hasSentAll(name: string): Promise<boolean> {
    const store = this.stores.get(name)
    const queued = await store?.range('outbox', OUTBOX_QUEUE, { limit: 1 })
    const owed = await store?.range('outbox', OWED_RECEIPTS, { limit: 1 })
    return queued?.length === 0 && owed?.length === 0
  }

  /** Closes the engine of a name, or all. */
  async close(name?: string): Promise<void> {
    const closing = [...this.#engines].filter(([, of]) => (name ?? of) === of)
    await Promise.all(closing.map(([engine]) => engine.close()))
  }
}

/** Waits for a condition, with a limit that no working test comes near. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 5_000; turn += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('It did not happen.')
}

/** Collects an event's occurrences. */
export function collect<K extends keyof EngineEvents>(engine: Engine, event: K): EngineEvents[K][] {
  const heard: EngineEvents[K][] = []
  engine.on(event, (value) => heard.push(value))
  return heard
}

/** The bodies of a conversation's texts, in timeline order. */
export async function texts(engine: Engine, conversation: string | undefined): Promise<string[]> {
  const messages = await engine.messages(conversation ?? '', { limit: 10_000 })
  return messages.map(({ content }) => (content.kind === 'text' ? content.body : content.kind))
}

/** An engine's account id, which a registered one has. */
export function idOf(engine: Engine): string {
  if (engine.account === undefined) throw new Error('not registered')
  return engine.account
}
