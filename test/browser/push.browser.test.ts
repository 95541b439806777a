/** Being told of messages while the client is closed: from the switch in the settings to the notice, on a real relay. */

import { createECDH, randomBytes } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decrypt } from 'http_ece'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { violations } from './support/axe.ts'
import type { Person } from './support/person.ts'
import { sharedStage } from './support/shared.ts'
import type { Stage } from './support/stage.ts'

let service: Server
let stage: Stage
let ada: Person
let ben: Person
const pushed: Buffer[] = []
const [keys, auth] = [createECDH('prime256v1'), randomBytes(16)]

beforeAll(async () => {
  service = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      pushed.push(Buffer.concat(chunks))
      response.writeHead(201).end()
    })
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  stage = await sharedStage()
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben')])
})

afterAll(async () => {
  await stage?.close()
  service.close()
})

/** Chromium's push service cannot be reached from here: the same objects, with another's address and keys. */
async function havePushService({ context }: Person): Promise<void> {
  const subscription = {
    endpoint: `http://127.0.0.1:${(service.address() as AddressInfo).port}/push`,
    p256dh: keys.generateKeys().toString('base64'),
    auth: auth.toString('base64'),
  }
  await context.addInitScript(({ endpoint, ...secrets }) => {
    // A browser without a screen has no notices, and says that they are denied.
    Object.defineProperty(Notification, 'permission', { get: () => 'granted' })
    Notification.requestPermission = () => Promise.resolve('granted')
    const octets = (text: string) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer
    const made = {
      endpoint,
      expirationTime: null,
      getKey: (name: 'p256dh' | 'auth') => octets(secrets[name]),
      unsubscribe: () => {
        localStorage.removeItem('subscribed')
        return Promise.resolve(true)
      },
    } as unknown as PushSubscription
    PushManager.prototype.subscribe = (options) => {
      localStorage.setItem('subscribed', JSON.stringify(options))
      return Promise.resolve(made)
    }
    PushManager.prototype.getSubscription = () =>
      Promise.resolve(localStorage.getItem('subscribed') === null ? null : made)
  }, subscription)
}

it('PU-1, PU-4: a closed client is woken, and says that there is a message; who switches it off is not', async () => {
  await ada.find(ben.username)
  await ada.send('Are you there?')
  await ben.openChat('ada')
  await havePushService(ben)
  await ben.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await ben.page.goto('/settings/notifications')
  const toggle = ben.page.getByRole('switch', { name: 'Notifications while closed' })
  await toggle.click()
  await ben.page.waitForFunction(() => document.querySelector('[role=switch][aria-checked=true]') !== null)
  expect(await violations(ben.page)).toEqual([])
  const key = await ben.page.evaluate(() => localStorage.getItem('subscribed'))
  expect(JSON.parse(key ?? '')).toEqual({
    userVisibleOnly: true,
    applicationServerKey: expect.stringMatching(/^B[\w-]{86}$/) as string,
  })

  const [worker] = ben.context.serviceWorkers()
  if (worker === undefined) throw new Error('no service worker')
  await ben.page.goto('about:blank')
  await ada.send('Wake up')
  await expect.poll(() => pushed.length, { timeout: 60_000 }).toBeGreaterThan(0)
  const opened = decrypt(pushed[0] ?? Buffer.alloc(0), { version: 'aes128gcm', privateKey: keys, authSecret: auth })
  expect(opened.toString().replace(/\0+$/, '')).toBe('{"v":1}')

  // As text: the types of this file are a page's.
  const notices = await worker.evaluate(`(async () => {
    const [work, shown] = [[], []]
    self.registration.showNotification = (title, { body, tag, data }) => {
      shown.push({ title, body, tag, data })
      return Promise.resolve()
    }
    self.dispatchEvent(Object.assign(new Event('push'), { waitUntil: (promise) => work.push(promise) }))
    await Promise.all(work)
    return shown
  })()`)
  expect(notices).toEqual([{ title: 'New message', tag: 'messages', data: { kind: 'push' } }])

  await ben.page.goto('/settings/notifications')
  await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('true')
  await toggle.click()
  await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('false')
  expect(await ben.page.evaluate(() => localStorage.getItem('subscribed'))).toBe(null)
  expect(ben.troubles).toEqual([])
})
