/**
 * A bot in one file: registers at its first start, answers each text with the same text, and marks it as read.
 *
 *     node examples/echo-bot.ts --relay http://localhost:8787 --data .data/echo-bot.sqlite --username echo.robot
 */

import { parseArgs } from 'node:util'
import { type Message, openEngine, openFileStore } from '#sdk/node.ts'

const { values: options } = parseArgs({
  options: {
    relay: { type: 'string', default: 'http://localhost:8787' },
    data: { type: 'string', default: '.data/echo-bot.sqlite' },
    username: { type: 'string', default: 'echo.robot' },
    invite: { type: 'string' },
  },
})

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

// Nobody is there to be asked whether a stranger may write.
const settings = { acceptsStrangers: true }
const engine = await openEngine({ relayUrl: options.relay, store: await openFileStore(options.data), settings })

if (engine.state === 'new' || engine.state === 'registering') {
  const { username, invite } = options
  await engine.register({ username, profileName: 'Echo', ...(invite === undefined ? {} : { invite }) })
}

async function answer({ conversation, content, outgoing, id }: Message): Promise<void> {
  if (outgoing || content.kind !== 'text') return
  // Durable once this resolves: the answer is sent even if the bot is stopped at this point.
  await engine.sendText(conversation, content.body)
  await engine.markRead(conversation, id)
}

/** One after the other, so that answers keep the order of the questions. */
let work: Promise<void> = Promise.resolve()
function later(task: () => Promise<void>): void {
  work = work.then(task).catch((error: unknown) => {
    process.exitCode = 1
    process.stderr.write(`${String(error)}\n`)
  })
}

engine.on('message', (message) => later(() => answer(message)))
engine.on('connection', ({ state }) => say(`The bot is ${state}.`))
engine.on('stopped', ({ reason }) => {
  say(`The relay ended the connection for good: ${reason}.`)
  process.exitCode = 1
  later(() => engine.close())
})

// What came while the bot was being stopped was told to nobody: it is still unread.
for (const { account, unread, readUpTo } of await engine.conversations()) {
  if (unread === 0) continue
  for (const message of await engine.messages(account, { after: readUpTo, limit: unread * 2 })) {
    later(() => answer(message))
  }
}

await engine.connect()
say(`Write to @${engine.username ?? engine.account ?? ''}.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => later(() => engine.close()))
}
