import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromBase64url } from '#protocol/bytes.ts'
import { parseUpFrame } from '#protocol/frames/up.ts'
import type { Engine } from './engine.ts'
import { FakeKeyLog } from './testing/fake-key-log.ts'
import { Harness, idOf, texts, until } from './testing/harness.ts'
import { openToyBody, toyCipher } from './testing/toy-cipher.ts'

const NAMES = ['ada', 'bob'] as const
const who = fc.constantFrom(0, 1, 2, 3)

/** What happens next; `who` picks one of the devices that there are. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('burst' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('loseAnswer' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('busy' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('return' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('diskFails' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('markRead' as const), who }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withhold' as const), who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), who }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

interface Device {
  readonly name: string
  readonly person: 0 | 1
  engine: Engine
  readonly heard: string[]
  readonly unreadable: unknown[]
}

class World {
  readonly harness = new Harness({ cipher: toyCipher })
  readonly #log = new FakeKeyLog()
  readonly devices: Device[] = []
  #drawn = 0
  readonly sent: { readonly person: 0 | 1; readonly body: string }[] = []

  async start(hasKeyLog: boolean): Promise<void> {
    if (hasKeyLog) this.harness.relay.keyLog = this.#log
    for (const [person, name] of NAMES.entries()) {
      this.#add(name, person === 0 ? 0 : 1, await this.harness.person(name))
    }
  }

  async run({ kind, who: index }: Step): Promise<void> {
    const device = this.devices[index % this.devices.length]
    if (device === undefined) return
    const { relay, disk } = this.harness
    switch (kind) {
      case 'send':
        return this.#send(device)
      case 'burst':
        await Promise.all(Array.from({ length: 20 }, () => this.#send(device)))
        return
      case 'drop':
        return relay.drop(idOf(device.engine), device.engine.device)
      case 'loseAnswer':
        relay.faults.loseAnswer = once()
        return
      case 'repeat':
        relay.faults.repeat = once()
        return
      case 'busy': {
        const isNow = once()
        relay.faults.reject = () => (isNow() ? 'relayUnavailable' : undefined)
        return
      }
      case 'leave':
        return device.engine.disconnect()
      case 'return':
        return device.engine.connect()
      case 'crash':
        return this.#crash(device)
      case 'diskFails':
        return disk.failNextCommit(device.name)
      case 'link':
        return this.#link(device)
      case 'markRead':
        await device.engine.markRead(this.other(device)).catch(() => undefined)
        return
      case 'withhold': {
        const isNow = once()
        this.#log.answers = (honest) => (isNow() ? undefined : honest)
        return
      }
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }

  other({ person }: Device): string {
    const first = this.devices.find((device) => device.person !== person)
    return first === undefined ? '' : idOf(first.engine)
  }

  /** No more faults; everything gets where it belongs. */
  async settle(): Promise<void> {
    const { relay } = this.harness
    relay.faults = {}
    for (const device of this.devices) await device.engine.connect()
    for (const device of this.devices) await until(() => device.engine.connection === 'online')
    await until(async () => {
      for (const { engine, name } of this.devices) {
        await engine.idle()
        const account = relay.account(idOf(engine))
        if (account.inbox(engine.device ?? 0).items.length > 0) return false
        if (!(await this.harness.hasSentAll(name))) return false
      }
      return true
    })
  }

  async #send(device: Device): Promise<void> {
    const body = `${device.name} ${(this.#drawn += 1)}`
    try {
      await device.engine.sendText(this.other(device), body)
      this.sent.push({ person: device.person, body })
    } catch {
      // The disk refused: the application knows that nothing was sent.
    }
  }

  async #crash(device: Device): Promise<void> {
    this.harness.disk.crash(device.name)
    device.engine.disconnect()
    this.harness.relay.drop(idOf(device.engine), device.engine.device)
    await device.engine.close()
    device.engine = await this.harness.open(device.name)
    this.#listen(device)
    await device.engine.connect()
  }

  async #link(device: Device): Promise<void> {
    const name = `${NAMES[device.person]}-2`
    if (this.devices.some((other) => other.name === name) || device.engine.connection !== 'online') return
    this.harness.relay.faults = {}
    try {
      this.#add(name, device.person, await this.harness.linked(name, device.engine))
    } catch {
      // The disk refused: the list may name a device that nobody has, which costs an envelope and harms nobody.
      await this.harness.close(name)
    }
  }

  #add(name: string, person: 0 | 1, engine: Engine): void {
    const device: Device = { name, person, engine, heard: [], unreadable: [] }
    this.devices.push(device)
    this.#listen(device)
  }

  #listen(device: Device): void {
    device.engine.on('message', ({ content }) => {
      if (content.kind === 'text') device.heard.push(content.body)
    })
    device.engine.on('undecryptable', (event) => device.unreadable.push(event))
  }
}

function once(): () => boolean {
  let isLeft = true
  return () => {
    const now = isLeft
    isLeft = false
    return now
  }
}

/** Each step of a ratchet that a relay ever saw, and the message that it carried. */
function ratchetSteps(frames: readonly string[]): Map<string, Set<string>> {
  const steps = new Map<string, Set<string>>()
  for (const data of frames) {
    const parsed = parseUpFrame(data)
    if (!parsed.ok || parsed.frame.type !== 'send') continue
    for (const { envelopes } of parsed.frame.messages) {
      for (const { body } of envelopes) {
        const { sid, end, n, text } = openToyBody(fromBase64url(body))
        const name = `${sid} ${end} ${n}`
        steps.set(name, (steps.get(name) ?? new Set()).add(text))
      }
    }
  }
  return steps
}

it('whatever happens, each device shows each message once, in inbox order, and no session breaks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 10, maxLength: 60 }), async (hasKeyLog, steps) => {
      const world = new World()
      await world.start(hasKeyLog)
      try {
        for (const next of steps) await world.run(next)
        await world.settle()
        for (const device of world.devices) {
          const { engine, person, heard, unreadable } = device
          const shown = await texts(engine, world.other(device))
          expect(unreadable).toEqual([])
          expect(shown).toHaveLength(new Set(shown).size)
          expect(heard).toHaveLength(new Set(heard).size)
          // What a killed process had no time to tell is shown, and told to nobody.
          expect(shown.filter((body) => heard.includes(body))).toEqual(heard)
          if (device.name.endsWith('-2')) continue
          expect([...shown].sort()).toEqual(world.sent.map(({ body }) => body).sort())
          const inbox = world.harness.relay.account(idOf(engine)).inbox(1).history
          const ids = inbox.map(({ messageId }) => messageId)
          const incoming = (await engine.messages(world.other(device), { limit: 10_000 })).filter((m) => !m.outgoing)
          const positions = incoming.map(({ id }) => ids.indexOf(id))
          expect(positions).toEqual([...positions].sort((a, b) => a - b))
          expect(positions).not.toContain(-1)
          expect(world.sent.some((message) => message.person !== person)).toBe(incoming.length > 0)
        }
        for (const carried of ratchetSteps(world.harness.relay.received).values()) expect(carried.size).toBe(1)
      } finally {
        await world.harness.close()
      }
    }),
    {
      interruptAfterTimeLimit: Number(process.env['PROPERTY_MS'] ?? 15_000),
      numRuns: Number(process.env['PROPERTY_RUNS'] ?? 25),
      endOnFailure: true,
    },
  )
})
