import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
import { People, uniqueName } from '../support/people.ts'
import { Program } from '../support/program.ts'

const relay = inject('sharedRelay')
const running: Program[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-clients-'))
})

afterEach(async () => {
  for (const program of running.splice(0)) {
    program.signal('SIGKILL')
    await program.exited()
  }
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A program of the repository against the shared relay, as a person with a file of its own. */
function run(script: string, username: string): Program {
  const data = join(folder, `${username}.sqlite`)
  const program = Program.script(script, ['--relay', relay.url, '--data', data, '--username', username])
  running.push(program)
  return program
}

it('the demonstration on a running relay tells every step and exits 0', async () => {
  const demo = Program.script('scripts/demo.ts', ['--relay', relay.url])
  running.push(demo)
  expect([await demo.exited(), demo.output]).toEqual([0, expect.stringContaining('All of it worked.')])
})

it('the demonstration says what is amiss and exits 1', async () => {
  const demo = Program.script('scripts/demo.ts', ['--relay', 'http://127.0.0.1:9'])
  running.push(demo)
  expect([await demo.exited(), demo.output]).toEqual([1, 'No relay answers at http://127.0.0.1:9.\n'])
})

it('the echo bot answers, also what came while it was away, and marks it as read', async () => {
  const username = uniqueName('echo')
  const bot = run('examples/echo-bot.ts', username)
  await bot.says('is online')
  const people = await People.at(relay.url)
  try {
    const ada = await people.register('Ada')
    await ada.online()
    const account = await ada.engine.findByUsername(username)
    await ada.expectState(await ada.engine.sendText(account, 'Anybody there?'), 'read')
    await ada.expectTexts(['Anybody there?', 'Anybody there?'])

    bot.signal('SIGTERM')
    expect(await bot.exited()).toBe(0)
    await ada.expectState(await ada.engine.sendText(account, 'And now?'), 'sent')
    await run('examples/echo-bot.ts', username).says('is online')
    await ada.expectTexts(['Anybody there?', 'Anybody there?', 'And now?', 'And now?'])
  } finally {
    await people.close()
  }
})

it('two terminals chat, and a terminal resumes its account', async () => {
  const [adaName, benName] = [uniqueName('ada'), uniqueName('ben')]
  const [ada, ben] = [run('scripts/chat.ts', adaName), run('scripts/chat.ts', benName)]
  await Promise.all([ada.says('  online'), ben.says('  online')])
  ada.write(`/to ${benName}`)
  ada.write('Hello from a terminal')
  await ben.says(': Hello from a terminal')
  ben.write(`/to ${adaName}`)
  ben.write('/read')
  ben.write('Hello yourself')
  await ada.says(': Hello yourself')
  await ada.says(' read')
  ada.write('/safety')
  ben.write('/safety')
  const number = /^(?:\d{5} ){11}\d{5}$/m
  ada.write('/quit')
  ben.write('/quit')
  expect(await Promise.all([ada.exited(), ben.exited()])).toEqual([0, 0])
  expect(number.exec(ada.output)?.[0]).toBe(number.exec(ben.output)?.[0])
  expect(ada.output).toMatch(number)

  const resumed = run('scripts/chat.ts', adaName)
  await resumed.says(`You are @${adaName}`)
  resumed.write(`/to ${benName}`)
  await resumed.says(': Hello yourself')
  resumed.write('/quit')
  expect(await resumed.exited()).toBe(0)
})
