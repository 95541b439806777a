import { expose } from 'comlink'
import type { Endpoint } from 'comlink'
import type { ExclusiveLocks } from '#sdk/store/web-lock.ts'
import type { EngineApi, EngineEvent } from '../api.ts'
import { type Channel, isFromTab, say, tabLock } from './messages.ts'

export interface TabsHandlers {
  snapshot(): readonly EngineEvent[]
  networkAvailable(): void
  /** Every tab that is there agrees to hand the engine over, or none is left. */
  allAgree(): void
}

interface Tab {
  readonly channel: Channel
  agrees: boolean
}

/** The tabs that this host serves. */
export class Tabs {
  readonly #instance: string
  readonly #api: EngineApi
  readonly #locks: ExclusiveLocks
  readonly #handlers: TabsHandlers
  readonly #tabs = new Map<string, Tab>()
  /** Another build waits. */
  #isAsked = false

  constructor(instance: string, api: EngineApi, locks: ExclusiveLocks, handlers: TabsHandlers) {
    this.#instance = instance
    this.#api = api
    this.#locks = locks
    this.#handlers = handlers
  }

  /** Waits for the tab's greeting on a new channel, and serves it from then on. */
  connect(channel: Channel): void {
    channel.addEventListener('message', ({ data }) => {
      if (isFromTab(data) && data.toHost === 'hello') this.adopt(data.tab, channel)
    })
    channel.start?.()
  }

  /** Serves a tab, once, until its lock is free. */
  adopt(tab: string, channel: Channel): void {
    if (this.#tabs.has(tab)) return channel === this.#tabs.get(tab)?.channel ? undefined : channel.close()
    const entry: Tab = { channel, agrees: false }
    this.#tabs.set(tab, entry)
    channel.addEventListener('message', ({ data }) => this.#received(entry, data))
    expose(this.#api, channel as Endpoint)
    say(channel, { toTab: 'welcome', instance: this.#instance })
    if (this.#isAsked) say(channel, { toTab: 'otherBuildWaits' })
    // Granted when the tab is gone: closed, crashed or navigated away.
    const gone = this.#locks.request(tabLock(tab), { mode: 'exclusive' }, () => {
      this.#tabs.delete(tab)
      channel.close()
      this.#checkAgreement()
      return undefined
    })
    gone.catch(() => undefined)
  }

  deliver(events: readonly EngineEvent[]): void {
    for (const { channel } of this.#tabs.values()) say(channel, { toTab: 'events', events })
  }

  /** Says nothing to anybody any more. */
  close(): void {
    for (const { channel } of this.#tabs.values()) channel.close()
    this.#tabs.clear()
  }

  /** Asks the tabs to let another build have the engine. */
  askToHandOver(): void {
    this.#isAsked = true
    for (const { channel } of this.#tabs.values()) say(channel, { toTab: 'otherBuildWaits' })
    this.#checkAgreement()
  }

  #received(tab: Tab, data: unknown): void {
    if (!isFromTab(data)) return
    switch (data.toHost) {
      case 'hello':
        return
      case 'snapshot':
        return say(tab.channel, { toTab: 'events', events: this.#handlers.snapshot() })
      case 'networkAvailable':
        return this.#handlers.networkAvailable()
      case 'agree':
        // Unasked, it is of no use later: who agreed to one build may not to the next.
        tab.agrees = this.#isAsked
        return this.#checkAgreement()
      case 'stay':
        tab.agrees = false
    }
  }

  #checkAgreement(): void {
    if (!this.#isAsked || [...this.#tabs.values()].some(({ agrees }) => !agrees)) return
    this.#isAsked = false
    for (const tab of this.#tabs.values()) tab.agrees = false
    this.#handlers.allAgree()
  }
}
