// eslint-disable-next-line import/no-unassigned-import -- its effect is what is wanted: IndexedDB in the global scope
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { drawMessageId } from '#sdk/session/message-id.ts'
import { FakeRelay } from '#sdk/session/testing/fake-relay.ts'
import { Profile, Screen, until, words } from '../engine/testing/profiles.ts'
import { type RunningHost, runHost, serveByBroadcast } from '../engine/host/run-host.ts'
import { Bridge } from './bridge.ts'
import { type Link, electedLink, sharedLink } from './links.ts'
import { unavailableEngine } from './unavailable.ts'

/** Workers in this thread: what a browser does with them, without one. */
class Workers {
  readonly profile: Profile
  readonly running: { host: RunningHost; end: () => void }[] = []
  readonly #ports: MessagePort[] = []

  constructor(profile: Profile) {
    this.profile = profile
  }

  /** A dedicated worker that tabs reach by broadcast. */
  dedicated(build: string) {
    const host = runHost(this.profile.options(build))
    this.running.push({ host, end: serveByBroadcast(host, build) })
    return { addEventListener: () => undefined }
  }

  /** A tab's connection to the SharedWorker of a build. */
  shared(build: string, hosts: Map<string, RunningHost>) {
    let host = hosts.get(build)
    if (host === undefined) {
      hosts.set(build, (host = runHost(this.profile.options(build))))
      this.running.push({ host, end: () => undefined })
    }
    const { port1, port2 } = new MessageChannel()
    this.#ports.push(port1, port2)
    host.connect(port2)
    return { port: port1, addEventListener: () => undefined }
  }

  async end(): Promise<void> {
    for (const { host, end } of this.running.splice(0)) {
      end()
      await host.stop()
    }
    for (const port of this.#ports) port.close()
  }
}

function tab(link: Link) {
  const bridge = new Bridge(link, navigator.locks)
  const screen = new Screen()
  bridge.subscribe(screen.see)
  return { bridge, api: bridge.api, screen }
}

let workers: Workers
let others: Workers
let builds = 0
let build = ''
beforeEach(() => {
  const relay = new FakeRelay()
  workers = new Workers(new Profile(relay))
  others = new Workers(new Profile(relay))
  builds += 1
  build = `build-${builds}`
})
afterEach(async () => {
  await workers.end()
  await others.end()
})

const elected = (of = build) => electedLink(of, navigator.locks, () => workers.dedicated(of))

describe('tabs without a SharedWorker', () => {
  it('share one engine: each sees what the others do', async () => {
    const [first, second] = [tab(elected()), tab(elected())]
    await until(() => first.screen.phase.phase === 'new' && second.screen.phase.phase === 'new')
    expect(workers.running).toHaveLength(1)
    await first.api.register({ username: 'ada', name: 'Ada' })
    await until(() => second.screen.phase.phase === 'ready')
    const me = second.screen.profile.account
    await second.api.sendText(me, 'a note', [], drawMessageId())
    await until(() => words(first.screen.items.get(me) ?? []).includes('a note'))
    const late = tab(elected())
    await until(() => late.screen.rows.get(me)?.preview?.text === 'a note')
  })

  it('hear of a refused command by its code', async () => {
    const { api, screen } = tab(elected())
    await until(() => screen.phase.phase === 'new')
    await api.register({ username: 'ada', name: 'Ada' })
    await expect(api.openByUsername('nobody')).rejects.toEqual({ code: 'usernameNotFound' })
    await expect(api.openByAccount('nothing')).rejects.toEqual({ code: 'unknownRecipient' })
  })

  it('go over to the next host when theirs dies, and lose or double no message of that moment', async () => {
    const [first, second] = [tab(elected()), tab(elected())]
    await until(() => first.screen.phase.phase === 'new' && second.screen.phase.phase === 'new')
    await first.api.register({ username: 'ada', name: 'Ada' })
    await until(() => second.screen.phase.phase === 'ready')
    const me = second.screen.profile.account
    // One text over and over: only the ids tell the messages apart.
    const ids = Array.from({ length: 20 }, () => drawMessageId())
    const sending = ids.map((id) => second.api.sendText(me, 'the same note', [], id))
    await sending[3]
    await workers.end()
    // As the next tab in the queue does when it gets the lock.
    workers.dedicated(build)
    await Promise.all(sending)
    const { items } = await first.api.timeline(me, { limit: 500 })
    expect(items.map(({ id }) => id)).toEqual(ids)
  })

  it('keep what was written for a next host that is locked, and tell it once it is unlocked', async () => {
    const { bridge, api, screen } = tab(elected())
    await until(() => screen.phase.phase === 'new')
    await api.register({ username: 'ada', name: 'Ada' })
    await until(() => screen.phase.phase === 'ready')
    await api.setAppLock({ lock: 'passphrase', passphrase: 'blizzard' })
    const me = screen.profile.account
    await workers.end()
    const id = drawMessageId()
    const written = [api.sendText(me, 'half a second too late', [], id), api.saveDraft(me, 'half a thou', [])]
    workers.dedicated(build)
    await until(() => screen.phase.phase === 'locked')
    await expect(api.timeline(me, { limit: 1 })).rejects.toEqual({ code: 'locked' })
    // The open client is not told without the draft: the field that shows it would be somebody's already.
    const shown = new Promise((resolve) =>
      bridge.subscribe((event) => {
        if (event.type === 'conversations') resolve(event.rows.find(({ id: row }) => row === me)?.draft)
      }),
    )
    await api.unlock({ by: 'passphrase', passphrase: 'blizzard' })
    await Promise.all(written)
    expect(await shown).toBe('half a thou')
    const { items } = await api.timeline(me, { limit: 9 })
    expect(words(items)).toEqual(['half a second too late'])
  })
})

describe('tabs with a SharedWorker', () => {
  it('are served by one host, and another build waits until the tabs of the first agree', async () => {
    const hosts = new Map<string, RunningHost>()
    const shared = (of: string) => sharedLink(() => workers.shared(of, hosts), elected(of))
    const [old, hidden] = [tab(shared('old')), tab(shared('old'))]
    await until(() => old.screen.phase.phase === 'new' && hidden.screen.phase.phase === 'new')
    await old.api.register({ username: 'ada', name: 'Ada' })
    let asked = 0
    for (const { bridge } of [old, hidden]) bridge.onOtherBuild(() => (asked += 1))
    const next = tab(shared('new'))
    await until(() => asked === 2)
    // Told later than the others are asked: most agree before there is anything to tell.
    await until(() => next.screen.phase.phase === 'waitingForOtherBuild')
    hidden.bridge.leave()
    expect((await old.api.about()).build).toBe('old')
    old.bridge.agreeToOtherBuild()
    await until(() => next.screen.phase.phase === 'ready')
    expect(old.screen.phase).toEqual({ phase: 'waitingForOtherBuild' })
    expect((await next.api.about()).build).toBe('new')
  })

  it('leave drafts and what is queued to the other build, and go on with both when it ends', async () => {
    const hosts = new Map<string, RunningHost>()
    const shared = (of: string) => sharedLink(() => workers.shared(of, hosts), elected(of))
    const old = tab(shared('old'))
    await until(() => old.screen.phase.phase === 'new')
    await old.api.register({ username: 'ada', name: 'Ada' })
    await until(() => old.screen.connection === 'online')
    const bob = await new Profile(workers.profile.relay).person('bob')
    workers.profile.relay.faults.isDown = () => true
    workers.profile.relay.drop()
    const next = tab(shared('new'))
    await until(() => next.screen.phase.phase === 'waitingForOtherBuild')
    void old.api.sendText(bob.id, 'queued', [], drawMessageId())
    void old.api.saveDraft(bob.id, 'half a thou', [])
    await old.bridge.idle()
    old.bridge.agreeToOtherBuild()
    const late = old.api.saveDraft(bob.id, 'half a thought', [])
    await until(() => next.screen.phase.phase === 'ready')
    expect([next.screen.row(bob.id).draft, next.screen.queued]).toEqual(['half a thou', 1])
    workers.profile.relay.faults.isDown = () => false
    await hosts.get('new')?.stop()
    await late
    await until(() => old.screen.phase.phase === 'ready' && old.screen.queued === 0)
    await until(() => words(bob.screen.items.get(old.screen.profile.account) ?? []).includes('queued'))
    expect(old.screen.row(bob.id).draft).toBe('half a thought')
    await bob.host.stop()
  })

  it('agree to what they are asked, and no longer when somebody looks at them again', async () => {
    const hosts = new Map<string, RunningHost>()
    const shared = (of: string) => sharedLink(() => workers.shared(of, hosts), elected(of))
    const [hidden, visible] = [tab(shared('old')), tab(shared('old'))]
    await until(() => hidden.screen.phase.phase === 'new' && visible.screen.phase.phase === 'new')
    // Nobody asked: this is no answer to who asks later.
    hidden.bridge.agreeToOtherBuild()
    await hidden.api.recoveryKey()
    const next = tab(shared('new'))
    await until(() => next.screen.phase.phase === 'waitingForOtherBuild')
    visible.bridge.agreeToOtherBuild()
    expect((await visible.api.about()).build).toBe('old')
    visible.bridge.stay()
    hidden.bridge.leave()
    expect((await hidden.api.about()).build).toBe('old')
    expect(next.screen.phase.phase).toBe('waitingForOtherBuild')
    visible.bridge.leave()
    await until(() => next.screen.phase.phase === 'new')
    expect(hidden.screen.phase.phase).toBe('waitingForOtherBuild')
  })

  it('fall back to an elected worker where the SharedWorker cannot start', async () => {
    const failing = sharedLink(() => {
      throw new TypeError('no module workers')
    }, elected())
    const { screen } = tab(failing)
    await until(() => screen.phase.phase !== 'starting')
    expect(screen.phase).toEqual({ phase: 'new' })
  })
})

describe('a page without Web Locks', () => {
  it('runs no engine, and says why', async () => {
    const engine = unavailableEngine()
    const screen = new Screen()
    engine.subscribe(screen.see)
    expect(screen.phase).toEqual({ phase: 'failed', code: 'locksUnavailable' })
    await expect(engine.api.about()).rejects.toEqual({ code: 'locksUnavailable' })
  })
})
