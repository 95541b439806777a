/**
 * Two accounts with two devices each do everything to each other's messages, also while nothing reaches the others; what
 * they send comes to each device in an order of its own, and some of it twice. In the end all show the same.
 */

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import { decodeContent } from '#protocol/content/codec.ts'
import { pad } from '#protocol/content/padding.ts'
import type { MessageName } from '#protocol/content/message-name.ts'
import type { DeliveredEnvelope } from '#protocol/frames/deliver.ts'
import type { Engine } from '../engine.ts'
import type { Message } from '../events.ts'
import { drawMessageId } from '../message-id.ts'
import { Harness, idOf, until } from '../testing/harness.ts'
import { nullCipher } from '../testing/null-cipher.ts'

interface Device {
  readonly name: string
  readonly engine: Engine
  readonly other: string
  /** What was sent to it and has not come yet. */
  readonly pool: DeliveredEnvelope[]
}

const EMOJI = ['👍', '❤️', '😮', undefined]

const command = fc.record({
  device: fc.nat({ max: 3 }),
  kind: fc.constantFrom(
    'text',
    'quote',
    'react',
    'react',
    'edit',
    'edit',
    'delete',
    'deleteForMe',
    'pin',
    'unpin',
    'forward',
    'deliver',
    'deliver',
    'deliver',
  ),
  /** Which of the messages that the device shows, which emoji, which of what waits. */
  pick: fc.nat(),
  isTwice: fc.boolean(),
})

class World {
  readonly harness = new Harness({ cipher: nullCipher })
  devices: Device[] = []
  /** By account: what it deleted for itself. */
  readonly hidden = new Map<string, Set<string>>()
  #written = 0

  async start(): Promise<void> {
    const { harness } = this
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const engines = [ada, await harness.linked('ada2', ada), bob, await harness.linked('bob2', bob)]
    const names = ['ada', 'ada2', 'bob', 'bob2']
    this.devices = engines.map((engine, at) => {
      return { name: names[at] ?? '', engine, other: idOf(at < 2 ? bob : ada), pool: [] }
    })
    // Device lists, sessions and profiles are out of the way before anything is held up.
    for (const { engine, other } of this.devices) await engine.sendText(other, 'to begin with')
    await this.#quiet()
    for (const engine of [ada, bob]) this.#hold(engine)
  }

  /** From now on, what is deposited for an account's devices waits in their pools. */
  #hold(engine: Engine): void {
    const account = this.harness.relay.account(idOf(engine))
    const deposit = account.deposit.bind(account)
    account.deposit = (from, message, now) =>
      deposit(from, message, now, (id, item) => {
        const device = this.devices.find((one) => one.engine.account === account.id && one.engine.device === id)
        const inbox = account.inbox(id)
        inbox.items = inbox.items.filter(({ seq }) => seq !== item.seq)
        inbox.lastSeq -= 1
        device?.pool.push(item)
      })
  }

  /** Puts one of what waits for a device into its inbox; a second time as it was, or as an answer to a request for it. */
  async deliver(device: Device, pick: number, isTwice: boolean): Promise<void> {
    const { pool, engine } = device
    if (pool.length === 0) return
    const at = pick % pool.length
    const [item] = pool.splice(at, 1)
    if (item === undefined) return
    await this.#push(device, item)
    if (!isTwice) return
    if (pick % 2 === 0) return this.#push(device, item)
    const content = decodeContent(fromBase64url(item.body).subarray(1))
    const resent = { kind: 'resent', messageId: item.messageId, content }
    const body = toBase64url(Uint8Array.of(1, ...pad(utf8(JSON.stringify(resent)))))
    await this.#push(device, { ...item, messageId: drawMessageId(), body })
    await engine.idle()
  }

  async #push({ engine }: Device, item: DeliveredEnvelope): Promise<void> {
    const inbox = this.harness.relay.account(idOf(engine)).inbox(engine.device ?? 0)
    inbox.lastSeq += 1
    const placed = { ...item, seq: inbox.lastSeq }
    inbox.items.push(placed)
    this.harness.relay.push(
      { account: idOf(engine), device: engine.device ?? 0 },
      { type: 'envelopes', items: [placed] },
    )
    await until(() => inbox.items.length === 0)
    await engine.idle()
  }

  async run({ device: at, kind, pick, isTwice }: { device: number; kind: string; pick: number; isTwice: boolean }) {
    const device = this.devices[at]
    if (device === undefined) return
    const { engine, other } = device
    if (kind === 'deliver') return this.deliver(device, pick, isTwice)
    const body = `${device.name} ${(this.#written += 1)}`
    const shown = await engine.messages(other, { limit: 1_000 })
    const target = shown[pick % Math.max(1, shown.length)]
    if (kind === 'text' || target === undefined) return void (await engine.sendText(other, body))
    const of = { author: target.from, id: target.id }
    // Nothing can be done to what is deleted, and other people's words stay theirs.
    await this.#do(device, kind, of, body, pick).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'messageNotFound' })
    })
  }

  async #do({ engine, other }: Device, kind: string, of: MessageName, body: string, pick: number): Promise<void> {
    const { annotations } = engine
    switch (kind) {
      case 'quote':
        return void (await engine.sendText(other, body, { quote: of }))
      case 'react':
        return annotations.react(other, of, EMOJI[pick % EMOJI.length])
      case 'edit':
        return annotations.edit(other, of.id, { body })
      case 'delete':
        return annotations.deleteForEveryone(other, of)
      case 'deleteForMe': {
        const hidden = this.hidden.get(idOf(engine)) ?? new Set()
        this.hidden.set(idOf(engine), hidden.add(nameOf(of)))
        return annotations.deleteForMe(other, [of])
      }
      case 'forward':
        return void (await annotations.forward(other, of, other))
      default:
        return annotations.setPinned(other, of, kind === 'pin')
    }
  }

  /** Everything comes, in whatever order is left. */
  async settle(order: readonly number[]): Promise<void> {
    let turn = 0
    do {
      await this.#sent()
      for (const device of this.devices) {
        while (device.pool.length > 0) {
          const pick = order[(turn += 1) % order.length] ?? 0
          await this.deliver(device, pick, pick % 3 === 0)
        }
      }
      await this.#sent()
    } while (this.devices.some(({ pool }) => pool.length > 0))
  }

  async #sent(): Promise<void> {
    await until(async () => {
      for (const { name, engine } of this.devices) {
        await engine.idle()
        if (!(await this.harness.hasSentAll(name))) return false
      }
      return true
    })
  }

  async #quiet(): Promise<void> {
    await this.#sent()
    await until(() =>
      this.devices.every(
        ({ engine }) => this.harness.relay.account(idOf(engine)).inbox(engine.device ?? 0).items.length === 0,
      ),
    )
    await this.#sent()
  }

  /** What a device shows, as far as it is the same everywhere: by message, without what either side deleted for itself. */
  async timeline({ engine, other }: Device, isWhole: boolean): Promise<Map<string, unknown>> {
    const hidden = isWhole
      ? new Set<string>()
      : new Set([...this.hidden.values()].flatMap((names) => Array.from(names)))
    const messages = await engine.messages(other, { limit: 1_000 })
    const pins = await engine.annotations.pinned(other)
    expect(pins.map(({ id }) => id).sort()).toEqual(
      messages
        .filter(({ pinned }) => pinned)
        .map(({ id }) => id)
        .sort(),
    )
    const shown = messages.filter((message) => !hidden.has(nameOf({ author: message.from, id: message.id })))
    const entries = await Promise.all(
      shown.map(async (message) => {
        const { from: author, id, content, forwarded, reactions, pinned, edited } = message
        const versions = content.kind === 'text' ? await engine.annotations.versions(other, { author, id }) : []
        const words = versions.map(({ body }) => body)
        const quote = quoteOf(message, hidden)
        return [
          nameOf({ author, id }),
          { content, forwarded, reactions, pinned, edited: edited?.times, words, quote },
        ] as const
      }),
    )
    return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

const nameOf = ({ author, id }: MessageName): string => `${author} ${id}`

function quoteOf({ quote }: Message, hidden: ReadonlySet<string>): unknown {
  if (quote === undefined || hidden.has(nameOf(quote))) return quote && nameOf(quote)
  return { of: nameOf(quote), text: quote.text?.body, deleted: quote.deleted }
}

it('CT-3: two accounts with two devices each show the same, whatever is done and in whatever order it comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 20, maxLength: 60 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
      async (commands, order) => {
        const world = new World()
        try {
          await world.start()
          for (const one of commands) await world.run(one)
          await world.settle(order)
          const [ada, ada2, bob, bob2] = world.devices
          if (ada === undefined || ada2 === undefined || bob === undefined || bob2 === undefined) throw new Error('no')
          expect(await world.timeline(ada2, true)).toEqual(await world.timeline(ada, true))
          expect(await world.timeline(bob2, true)).toEqual(await world.timeline(bob, true))
          expect(await world.timeline(bob, false)).toEqual(await world.timeline(ada, false))
          for (const { name } of world.devices) {
            // Nothing waits for a message any more, but for those that were taken back before they were sent at all.
            const kept = (await world.harness.stores.get(name)?.all('received')) ?? []
            const early = kept.filter(({ partition }) => /^early \S+ /.test(partition))
            expect(early.filter(({ value }) => JSON.stringify(value) !== '{"hidden":true}')).toEqual([])
          }
        } finally {
          await world.harness.close()
        }
      },
    ),
    {
      interruptAfterTimeLimit: Number(process.env['PROPERTY_MS'] ?? 6_000),
      numRuns: Number(process.env['PROPERTY_RUNS'] ?? 10),
      endOnFailure: true,
    },
  )
})
