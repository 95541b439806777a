/** Browser profiles on a fake relay: the real host, vault, stores' encryption and service, on disks and locks in memory. */

import { type MemoryChunks, openMemoryMediaStore } from '#sdk/media/memory.ts'
import type { FakeRelay } from '#sdk/session/testing/fake-relay.ts'
import { MemoryDisk } from '#sdk/store/memory.ts'
import type { EngineEvent, OwnProfile, Phase, ConversationRow, TimelineItem } from '../api.ts'
import { EngineHost } from '../host/engine-host.ts'
import type { RunOptions } from '../host/run-host.ts'

let profiles = 0

/** One browser profile: survives its hosts. */
export class Profile {
  readonly relay: FakeRelay
  readonly disk = new MemoryDisk()
  readonly name: string
  /** What stands in its media store. */
  readonly chunks: MemoryChunks = new Map()
  readonly #platform: RunOptions['platform']

  constructor(relay: FakeRelay, platform: RunOptions['platform'] = {}) {
    this.relay = relay
    this.#platform = platform
    profiles += 1
    this.name = `profile-${profiles}`
  }

  options(build = 'build'): RunOptions {
    return {
      profile: this.name,
      build,
      relay: 'https://relay.test',
      locks: navigator.locks,
      openStore: (name) => this.disk.open(name),
      openMediaStore: () => openMemoryMediaStore(this.chunks),
      // Costs of no security: what Argon2 costs is not what is tested with these.
      vault: { measure: () => Promise.resolve({ m: 8, t: 1 }) },
      platform: {
        fetch: this.relay.fetchFor(this.name),
        openSocket: this.relay.openSocket,
        settings: { acceptsStrangers: true },
        // Full jitter at its lowest: reconnects at once.
        random: () => 0,
        timing: {
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
        },
        ...this.#platform,
      },
    }
  }

  /** Starts a host without tabs; its events are collected. */
  async start(build?: string): Promise<Started> {
    const screen = new Screen()
    const host = new EngineHost({ ...this.options(build), deliver: screen.take, askOtherBuild: () => undefined })
    await host.start()
    return { host, api: host.api, screen }
  }

  /** A host with a registered, connected account. */
  async person(username: string): Promise<Started & { readonly id: string }> {
    const started = await this.start()
    await started.api.register({ username, name: username.toUpperCase() })
    await until(() => started.screen.connection === 'online')
    return { ...started, id: started.screen.profile.account }
  }
}

export interface Started {
  readonly host: EngineHost
  readonly api: EngineHost['api']
  readonly screen: Screen
}

/** What a tab would show. */
export class Screen {
  phase: Phase = { phase: 'starting' }
  connection = ''
  queued = 0
  /** What is wrong with the key log. */
  alarms: readonly string[] = []
  /** To how many people messages wait for a proof. */
  unproven = 0
  readonly rows = new Map<string, ConversationRow>()
  readonly items = new Map<string, TimelineItem[]>()
  readonly typing = new Set<string>()
  /** Deliveries: each is one post to a tab. */
  posts = 0

  readonly take = (events: readonly EngineEvent[]): void => {
    this.posts += 1
    for (const event of events) this.see(event)
  }

  readonly see = (event: EngineEvent): void => {
    if (event.type === 'phase') this.phase = event.phase
    else if (event.type === 'connection') {
      ;[this.connection, this.queued] = [event.state, event.queued]
      this.alarms = event.keyLogAlarms?.map(({ failure }) => failure) ?? []
      this.unproven = event.unproven ?? 0
    } else if (event.type === 'conversation') this.rows.set(event.row.id, event.row)
    else if (event.type === 'conversations') for (const row of event.rows) this.rows.set(row.id, row)
    else if (event.type === 'items') {
      this.items.set(event.conversation, [...(this.items.get(event.conversation) ?? []), ...event.items])
    } else if (event.type === 'noticeRemoved') {
      const items = this.items.get(event.conversation) ?? []
      this.items.set(
        event.conversation,
        items.filter(({ id }) => id !== event.id),
      )
    } else if (event.type === 'itemsRemoved') {
      const items = this.items.get(event.conversation) ?? []
      this.items.set(
        event.conversation,
        items.filter(({ id }) => !event.ids.includes(id)),
      )
    } else if (event.type === 'typing') {
      if (event.typists.length > 0) this.typing.add(event.conversation)
      else this.typing.delete(event.conversation)
    }
  }

  get profile(): OwnProfile {
    if (this.phase.phase !== 'ready' && this.phase.phase !== 'revoked') throw new Error('no profile')
    return this.phase.profile
  }

  row(id: string): ConversationRow {
    const row = this.rows.get(id)
    if (row === undefined) throw new Error('no such row')
    return row
  }
}

/** Waits for a condition, with a limit that no working test comes near. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 4_000; turn += 1) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error('It did not happen.')
}

/** The texts of a page, notices by their kinds. */
export function words(items: readonly TimelineItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'notice') return item.notice
    if (item.kind === 'groupEvent') return item.event.event
    return item.content.kind === 'text' ? item.content.body : item.content.kind
  })
}
