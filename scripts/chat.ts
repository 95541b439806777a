/**
 * A terminal client, for trying the relay by hand.
 *
 *     npm run chat -- --relay http://localhost:8787 --data .data/chat-ada.sqlite --username ada
 */

import { type Interface, createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Engine, type Message, openEngine, openFileStore } from '#sdk/node.ts'

const HELP = `/find NAME     look an account up          /to NAME    write to NAME from now on
/list          conversations               /read       mark this conversation as read
/safety        safety number with the other side
/accept        accept the other side's new identity key
/devices       devices of this account     /revoke N   remove device N
/link REQUEST  take a device in            /retry ID   send a failed message again
/quit          leave; what is queued is sent at the next start`

const { values: options } = parseArgs({
  options: {
    relay: { type: 'string', default: 'http://localhost:8787' },
    data: { type: 'string' },
    username: { type: 'string' },
    invite: { type: 'string' },
    /** Become another device of an existing account. */
    link: { type: 'boolean', default: false },
  },
})

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function bodyOf(content: Message['content']): string {
  if (content.kind === 'text') return content.body
  if (content.kind === 'groupEvent') return `(${content.event.event})`
  if (content.kind === 'deleted') return '(deleted)'
  if (content.kind === 'media') return `(${content.items.length} file(s)) ${content.body ?? ''}`
  return `(a "${content.original.kind}" that this version cannot show)`
}

function describe({ outgoing, content, state, failure }: Message, name: string): string {
  const body = bodyOf(content)
  if (!outgoing) return `${name}: ${body}`
  return `you: ${body}   [${state}${failure === undefined ? '' : `: ${failure}`}]`
}

/** What is being chatted about. */
class Chat {
  readonly #engine: Engine
  readonly #names = new Map<string, string>()
  #to: string | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async start(): Promise<void> {
    const engine = this.#engine
    for (const { account, name, username } of await engine.conversations()) {
      this.#names.set(account, username ?? name ?? account)
    }
    engine.on('profile', ({ account, name, username }) => this.#names.set(account, username ?? name))
    engine.on('message', (message) => {
      if (!message.outgoing) say(describe(message, this.#name(message.conversation)))
    })
    engine.on('messageState', ({ id, state, failure }) =>
      say(`  ${id.slice(0, 6)} ${state}${failure === undefined ? '' : ` (${failure}); /retry ${id}`}`),
    )
    engine.on('typing', ({ accounts }) => {
      for (const account of accounts) say(`  ${this.#name(account)} is typing`)
    })
    engine.on('connection', ({ state }) => say(`  ${state}`))
    engine.on('identityChanged', ({ account }) =>
      say(`  ${this.#name(account)} has a new identity key: compare safety numbers, then /to and /accept`),
    )
    engine.on('undecryptable', ({ code, asked }) =>
      say(`  a message could not be read (${code})${asked ? '; asked for it again' : ''}`),
    )
    engine.on('gap', ({ reason }) => say(`  messages are missing: ${reason}`))
    engine.on('stopped', ({ reason }) => say(`  stopped: ${reason}`))
  }

  /** Runs a line. `false` when it is the last. */
  async run(line: string): Promise<boolean> {
    const [command = '', argument = ''] = line.split(/\s+/, 2)
    if (line === '') return true
    if (!line.startsWith('/')) return this.#send(line)
    const engine = this.#engine
    switch (command) {
      case '/quit':
        return false
      case '/find':
        say(await engine.findByUsername(argument))
        return true
      case '/to':
        this.#to = await engine.findByUsername(argument)
        this.#names.set(this.#to, argument)
        for (const message of await engine.messages(this.#to, { limit: 20 })) say(describe(message, argument))
        return true
      case '/list':
        for (const { account, unread } of await engine.conversations()) say(`${this.#name(account)}  ${unread} unread`)
        return true
      case '/read':
        await engine.markRead(this.#other())
        return true
      case '/safety':
        say((await engine.safetyNumber(this.#other())).join(' '))
        return true
      case '/accept':
        say((await engine.acceptIdentity(this.#other())) ? 'accepted' : 'there is nothing to accept')
        return true
      case '/devices':
        for (const { id, isThis } of await engine.devices()) say(`device ${id}${isThis ? ' (this one)' : ''}`)
        return true
      case '/revoke':
        await engine.revokeDevice(Number(argument))
        return true
      case '/link':
        say(await engine.approveLink(argument))
        return true
      case '/retry':
        await engine.retryMessage(argument)
        return true
      default:
        say(HELP)
        return true
    }
  }

  async #send(text: string): Promise<true> {
    const id = await this.#engine.sendText(this.#other(), text)
    say(`  ${id.slice(0, 6)} queued`)
    return true
  }

  #other(): string {
    if (this.#to === undefined) throw new Error('Say to whom first: /to NAME')
    return this.#to
  }

  #name(account: string): string {
    return this.#names.get(account) ?? account
  }
}

/** Registers, links, or goes on with the account of the store. */
async function enter(engine: Engine, lines: Interface): Promise<void> {
  if (engine.state === 'ready' || engine.state === 'revoked') return
  if (options.link) {
    say(`On a device of the account: /link ${await engine.createLinkRequest()}`)
    const bundle = await new Promise<string>((resolve) => lines.question('Its answer: ', resolve))
    return engine.completeLink(bundle.trim())
  }
  const { username, invite } = options
  await engine.register({
    ...(username === undefined ? {} : { username, profileName: username }),
    ...(invite === undefined ? {} : { invite }),
  })
}

const store = await openFileStore(options.data ?? `.data/chat-${options.username ?? 'me'}.sqlite`)
// It has no place for requests.
const engine = await openEngine({ relayUrl: options.relay, store, settings: { acceptsStrangers: true } })
const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: '' })
try {
  await enter(engine, lines)
  const chat = new Chat(engine)
  await chat.start()
  await engine.connect()
  say(`You are @${engine.username ?? engine.account ?? ''}. /help for the commands.`)
  for await (const line of lines) {
    try {
      if (!(await chat.run(line.trim()))) break
    } catch (error) {
      say(error instanceof Error ? error.message : String(error))
    }
  }
} finally {
  lines.close()
  await engine.close()
}
