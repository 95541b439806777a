/** A push, from a message to what a browser is woken by: the whole relay, and a push service on this machine. */

import { createECDH, randomBytes } from 'node:crypto'
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt } from 'http_ece'
import { afterAll, beforeAll, expect, it } from 'vitest'
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

it('PU-3, PU-4, PU-5: wakes devices that are away, tells nothing, tries again, and forgets what is dead', async () => {
  const ada = await people.register('Ada')
  const away = await Promise.all(
    ['/ben', '/dead', '/slow'].map(async (path) => ({ path, person: await people.register('Ben') })),
  )
  await ada.online()
  const base = `http://127.0.0.1:${(service.address() as AddressInfo).port}`
  const secrets = new Map<string, { keys: ReturnType<typeof createECDH>; auth: Buffer }>()
  for (const { path, person } of away) {
    const [keys, auth] = [createECDH('prime256v1'), randomBytes(16)]
    secrets.set(path, { keys, auth })
    const { pushes } = person.engine
    expect((await pushes.offered())?.applicationServerKey).toMatch(/^B[\w-]{86}$/)
    const p256dh = keys.generateKeys().toString('base64url')
    await pushes.subscribe({ kind: 'web', endpoint: `${base}${path}`, p256dh, auth: auth.toString('base64url') })
    await expect(
      pushes.subscribe({
        kind: 'web',
        endpoint: 'https://elsewhere.example/x',
        p256dh,
        auth: auth.toString('base64url'),
      }),
    ).rejects.toMatchObject({ code: 'pushNotOffered' })
    await ada.engine.sendText(accountOf(person), 'Wake up')
  }
  const to = (path: string) => pushed.filter((one) => one.path === path)
  await eventually('pushes, and another attempt', () =>
    Promise.resolve(to('/ben').length > 0 && to('/dead').length > 0 && to('/slow').length > 1),
  )
  for (const { path, body } of pushed) {
    const { keys, auth } = secrets.get(path) ?? { keys: createECDH('prime256v1'), auth: Buffer.alloc(0) }
    const opened = decrypt(body, { version: 'aes128gcm', privateKey: keys, authSecret: auth }).toString()
    expect([path, opened.replace(/\0+$/, ''), body.length]).toEqual([path, '{"v":1}', pushed[0]?.body.length])
  }
  expect(to('/ben')[0]?.headers).toMatchObject({ topic: 'messages', urgency: 'high' })
  expect(to('/ben')[0]?.headers.authorization).toMatch(/^vapid t=[\w.-]+, k=B[\w-]{86}$/)
  const log = await system.log()
  expect(log).toContain('"push":"')
  expect(log).not.toContain('/ben')
  expect([to('/ben').length, to('/dead').length]).toEqual([1, 1])
})
