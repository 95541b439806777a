/** A push, from a message to what a browser is woken by: the whole relay, and a push service on this machine. */

import { createECDH, randomBytes } from 'node:crypto'
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt } from 'http_ece'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DemoDevice } from '#scripts/demo/device.ts'
import { People, accountOf } from '../support/people.ts'
import { TestSystem, eventually } from '../support/system.ts'

interface Pushed {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const pushed: Pushed[] = []
/** What each path answers first; 201 when there is nothing. */
const answers: Record<string, number[]> = { '/dead': [410], '/slow': [503] }
let service: Server
let system: TestSystem
let people: People

beforeAll(async () => {
  service = createServer((request, response) => {
    const chunks: Buffer[] = []
    const path = request.url ?? ''
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      pushed.push({ path, headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(answers[path]?.shift() ?? 201, { 'retry-after': '1' }).end()
    })
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  system = await TestSystem.start({ env: { PUSH_HOSTS: '127.0.0.1' } })
  people = await People.at(system.url)
})

afterAll(async () => {
  await people.close()
  await system.stop()
  service.close()
})

/** What opens pushes, by their paths. */
const secrets = new Map<string, { keys: ReturnType<typeof createECDH>; auth: Buffer }>()
const to = (path: string) => pushed.filter((one) => one.path === path)

/** Has a device woken at a path of the push service, and nowhere else. */
async function subscribed(person: DemoDevice, path: string): Promise<void> {
  const base = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const secret = { keys: createECDH('prime256v1'), auth: randomBytes(16) }
  secrets.set(path, secret)
  const p256dh = secret.keys.generateKeys().toString('base64url')
  const auth = secret.auth.toString('base64url')
  const { pushes } = person.engine
  expect((await pushes.offered())?.applicationServerKey).toMatch(/^B[\w-]{86}$/)
  await pushes.subscribe({ kind: 'web', endpoint: `${base}${path}`, p256dh, auth })
  const elsewhere = pushes.subscribe({ kind: 'web', endpoint: 'https://elsewhere.example/x', p256dh, auth })
  await expect(elsewhere).rejects.toMatchObject({ code: 'pushNotOffered' })
}

/** Whatever was pushed says the same, in the same length. */
function expectNothingTold(): void {
  for (const { path, body } of pushed) {
    const { keys, auth } = secrets.get(path) ?? { keys: createECDH('prime256v1'), auth: Buffer.alloc(0) }
    const opened = decrypt(body, { version: 'aes128gcm', privateKey: keys, authSecret: auth }).toString()
    expect([path, opened.replace(/\0+$/, ''), body.length]).toEqual([path, '{"v":1}', pushed[0]?.body.length])
  }
}

it('PU-3, PU-4, PU-5: wakes devices that are away, tells nothing, tries again, and forgets what is dead', async () => {
  const ada = await people.register('Ada')
  const away = await Promise.all(
    ['/ben', '/dead', '/slow'].map(async (path) => ({ path, person: await people.register('Ben') })),
  )
  await ada.online()
  for (const { path, person } of away) {
    await subscribed(person, path)
    await ada.engine.sendText(accountOf(person), 'Wake up')
  }
  await eventually('pushes, and another attempt', () =>
    Promise.resolve(to('/ben').length > 0 && to('/dead').length > 0 && to('/slow').length > 1),
  )
  expectNothingTold()
  expect(to('/ben')[0]?.headers).toMatchObject({ topic: 'messages', urgency: 'high' })
  expect(to('/ben')[0]?.headers.authorization).toMatch(/^vapid t=[\w.-]+, k=B[\w-]{86}$/)
  const log = await system.log()
  expect(log).toContain('"push":"')
  expect(log).not.toContain('/ben')
  expect([to('/ben').length, to('/dead').length]).toEqual([1, 1])
})

it('T-17, PU-6: wakes a member that is away by what is said in its group, and nobody who is there', async () => {
  const [ada, ben, cleo] = await Promise.all(['Ada', 'Ben', 'Cleo'].map((name) => people.register(name)))
  if (!ada || !ben || !cleo) throw new Error('nobody is there')
  for (const person of [ada, ben, cleo]) await person.online()
  const { group } = await ada.engine.groups.create('Hut', [])
  await eventually('everybody can be added', async () => {
    const { unreachable } = await ada.engine.groups.add(group, [ben, cleo].map(accountOf))
    return unreachable.length === 0
  })
  const has = (person: DemoDevice, text: string) =>
    eventually(`${person.name} has “${text}”`, async () => {
      const messages = await person.engine.messages(group, { limit: 100 })
      return messages.some(({ content }) => content.kind === 'text' && content.body === text)
    })
  await ada.engine.sendText(group, 'Welcome')
  await Promise.all([has(ben, 'Welcome'), has(cleo, 'Welcome')])
  await Promise.all([subscribed(ben, '/member-there'), subscribed(cleo, '/member-away')])
  await cleo.engine.close()
  await ada.engine.sendText(group, 'Wake up')
  await has(ben, 'Wake up')
  await eventually('a push', () => Promise.resolve(to('/member-away').length > 0))
  expectNothingTold()
  expect([to('/member-away').length, to('/member-there').length]).toEqual([1, 0])
})
