import { type Engine, type Message, type MessageState, type Platform, openEngine, openFileStore } from '#sdk/node.ts'
import { Failure } from '../lib/failure.ts'

/** How long a step may take before the demonstration gives up on it. */
const PATIENCE_MS = 30_000

/** One device of a person, and what its application was told. */
export class DemoDevice {
  readonly name: string
  readonly engine: Engine
  /** Its store. */
  readonly file: string
  readonly #received: Message[] = []
  readonly #states = new Map<string, MessageState>()
  readonly #wakeUps = new Set<() => void>()

  private constructor(name: string, engine: Engine, file: string) {
    this.name = name
    this.engine = engine
    this.file = file
    engine.on('message', (message) => {
      this.#received.push(message)
      this.#wake()
    })
    engine.on('messageState', ({ id, state }) => {
      this.#states.set(id, state)
      this.#wake()
    })
    for (const event of ['connection', 'caughtUp', 'deviceListChanged'] as const) engine.on(event, () => this.#wake())
  }

  static async open(
    name: string,
    relayUrl: string,
    file: string,
    platform: Partial<Platform> = {},
  ): Promise<DemoDevice> {
    const settings = { acceptsStrangers: true }
    const engine = await openEngine({ relayUrl, store: await openFileStore(file), settings, ...platform })
    return new DemoDevice(name, engine, file)
  }

  /** The same device after its program was ended and started: all that it knows is in its file. */
  async restarted(relayUrl: string): Promise<DemoDevice> {
    await this.engine.close()
    return DemoDevice.open(this.name, relayUrl, this.file)
  }

  /** Texts that the application was told of, in order, with doubles if there were any. */
  texts(): string[] {
    return this.#received.map(({ content }) => (content.kind === 'text' ? content.body : `(${content.kind})`))
  }

  /** Resolves when the application has been told of exactly these texts, in this order. */
  async expectTexts(expected: readonly string[]): Promise<void> {
    await this.#until(() => this.texts().length >= expected.length, `${expected.length} message(s)`)
    const told = this.texts()
    if (told.join('\n') !== expected.join('\n')) {
      throw new Failure(`${this.name} should have got ${quote(expected)}, and got ${quote(told)}.`)
    }
  }

  /** Resolves when an own message has reached this state, or a later one. */
  async expectState(id: string, state: MessageState): Promise<void> {
    const order: readonly MessageState[] = ['queued', 'sent', 'delivered', 'read']
    const reached = (): number => order.indexOf(this.stateOf(id) ?? 'queued')
    await this.#until(() => reached() >= order.indexOf(state) || this.stateOf(id) === 'failed', `"${state}"`)
    if (this.stateOf(id) === 'failed') throw new Failure(`${this.name}'s message failed instead of being ${state}.`)
  }

  stateOf(id: string): MessageState | undefined {
    return this.#states.get(id)
  }

  lastMessage(): Message {
    const message = this.#received.at(-1)
    if (message === undefined) throw new Failure(`${this.name} has no message.`)
    return message
  }

  async online(): Promise<void> {
    await this.engine.connect()
    await this.#until(() => this.engine.connection === 'online', 'a connection')
  }

  async knowsDevices(count: number): Promise<void> {
    const enough = async (): Promise<boolean> => (await this.engine.devices()).length === count
    await this.#until(enough, `${count} devices on the account`)
  }

  #wake(): void {
    for (const wakeUp of this.#wakeUps) wakeUp()
  }

  /** Waits for events until the condition holds. Throws {@link Failure} when that takes too long. */
  async #until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS
    while (!(await condition())) {
      const left = deadline - Date.now()
      if (left <= 0) throw new Failure(`${this.name} waited ${PATIENCE_MS / 1_000} s for ${what}, in vain.`)
      await this.#nextEvent(left)
    }
  }

  #nextEvent(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#wakeUps.delete(done)
        resolve()
      }
      // An event between the look and this call is seen by the next look, at the latest after a second.
      const timer = setTimeout(done, Math.min(timeoutMs, 1_000))
      this.#wakeUps.add(done)
    })
  }
}

function quote(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.map((text) => `"${text}"`).join(', ')
}
