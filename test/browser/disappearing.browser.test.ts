/** What disappears is nowhere any more: the test looks at everything that the two sides and the relay keep, before and after. */

import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engine, type Platform, openEngine, openFileMediaStore, openFileStore } from '#sdk/node.ts'
import { platformSocket } from '#sdk/transport/socket.ts'
import { uniqueName } from '#test/support/people.ts'
import { filesOf, objectRowsOf, rowsOf } from '#test/support/system.ts'
import type { Profile } from '#web/testing/read-profile.ts'
import type { Person } from './support/person.ts'
import { inProfile } from './support/profile-page.ts'
import { ownStage } from './support/shared.ts'
import type { OwnStage } from './support/stage.ts'

const SECRET = 'The key is under the third stone'
const CAPTION = 'This is the third stone'
const NAME = 'stone-by-the-wall.png'
/** Long enough to be looked at on a busy machine. */
const TIMER_S = 20
const PATIENCE = { timeout: 90_000, interval: 250 }

let stage: OwnStage
let ben: Person
let ada: Engine
let folder: string
/** The bodies of what Ada sends, as they travel. */
const bodies = new Set<string>()

beforeAll(async () => {
  // What waits is copied to Postgres at once.
  stage = await ownStage({ env: { PERSIST_AFTER_S: '0' } })
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-disappearing-'))
  // The storage on a laptop has this name alone.
  ben = await stage.person('ben', { host: 'localhost' })
  ada = await openEngine({
    relayUrl: stage.url.replace('127.0.0.1', 'localhost'),
    store: await openFileStore(join(folder, 'store.sqlite')),
    mediaStore: openFileMediaStore(join(folder, 'media')),
    settings: { acceptsStrangers: true },
    ...overheard(),
  })
  await ada.register({ username: uniqueName('ada'), profileName: 'Ada' })
  await ada.connect()
})

afterAll(async () => {
  await ada?.close()
  await rm(folder, { recursive: true, force: true })
  await stage?.close()
})

function overheard(): Partial<Platform> {
  const note = (text: unknown) => {
    for (const [, body] of String(text).matchAll(/"body":"([\w-]+)"/g)) if (body !== undefined) bodies.add(body)
  }
  return {
    fetch: (url, init) => {
      if (url.endsWith('/v1/deliveries')) note(init.body)
      return fetch(url, init)
    },
    openSocket: (url, protocols, handlers) => {
      const socket = platformSocket(url, protocols, handlers)
      return {
        send: (text) => {
          note(text)
          return socket.send(text)
        },
        close: () => socket.close(),
      }
    },
  }
}

/** Which of these are in any of those, as text or in hexadecimal. */
function found(wanted: Iterable<string>, rows: readonly string[]): string[] {
  return [...wanted].filter((body) => {
    const hex = Buffer.from(body, 'base64url').toString('hex')
    return rows.some((row) => row.includes(body) || row.includes(hex))
  })
}

/** Pieces of what the sender's media store holds, which is what is stored for the recipient. */
async function sealedPieces(): Promise<Buffer[]> {
  const entries = await readdir(join(folder, 'media'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(files.map(async (file) => (await readFile(file)).subarray(0, 256)))
}

it('neither in the browser’s databases and caches, nor in a program’s files, nor with the relay, in Postgres or in the storage', async () => {
  const account = await ada.findByUsername(ben.username)
  await ada.sendText(account, 'This stays')
  await ben.openChat('Ada')
  await ben.message('This stays').waitFor()
  await ada.setTimer(account, TIMER_S)
  await ben.page.locator('[data-timeline]').getByText('20 seconds').first().waitFor()
  await ben.page.goto('about:blank')
  // What Ada said so far has been taken; what comes now waits.
  await expect.poll(async () => found(bodies, await objectRowsOf(stage.system.dataDir)), PATIENCE).toEqual([])
  bodies.clear()

  const picture = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#3a7bd5' } })
    .png()
    .toBuffer()
  await ada.sendText(account, SECRET)
  await ada.sendFiles(
    account,
    [{ file: new Blob([picture]), view: 'picture', type: 'image/png', name: NAME, width: 640, height: 480 }],
    { body: CAPTION },
  )
  const pieces = await sealedPieces()
  expect(pieces.length).toBeGreaterThan(0)
  const inStorage = async () => {
    const files = await filesOf(stage.system.dataDir, 'edge')
    return pieces.filter((piece) => files.some(({ content }) => content.includes(piece))).length
  }
  // The search would find it: while it waits it is in the inbox, in Postgres and in the storage.
  await expect.poll(inStorage, PATIENCE).toBe(pieces.length)
  await expect.poll(async () => found(bodies, await objectRowsOf(stage.system.dataDir)).length, PATIENCE).toBe(2)
  await expect.poll(async () => found(bodies, await rowsOf(stage.system.dataDir)).length, PATIENCE).toBe(2)

  await ben.page.goto('/')
  await ben.openChat('Ada')
  await ben.message(SECRET).waitFor()
  await ben.page.locator('[data-message] img[src^="blob:"]').waitFor()
  await ben.message(SECRET).waitFor({ state: 'detached' })
  await ben.page.locator('[data-message] img[src^="blob:"]').waitFor({ state: 'detached' })
  await ben.message('This stays').waitFor()

  // With the relay.
  await expect.poll(async () => found(bodies, await objectRowsOf(stage.system.dataDir)), PATIENCE).toEqual([])
  await expect.poll(async () => found(bodies, await rowsOf(stage.system.dataDir)), PATIENCE).toEqual([])
  await expect.poll(inStorage, PATIENCE).toBe(0)

  // In Ben's browser.
  const profile = await inProfile<Profile>(ben, 'read-profile', 'readProfile')
  expect(profile.records).toContain('This stays')
  const counts = Object.entries(profile.databases)
  expect(counts.some(([name, count]) => name.includes('account') && count > 0)).toBe(true)
  // The picture had been there: its database is.
  expect(counts.filter(([name]) => name.startsWith('silentrelay:media:')).map(([, count]) => count)).toEqual([0])
  const everything = [profile.records, profile.strings, ...profile.caches].join('\n')
  for (const words of [SECRET, CAPTION, NAME]) expect(everything).not.toContain(words)

  // With Ada, whose own have gone too.
  await expect.poll(async () => (await ada.messages(account)).length, PATIENCE).toBe(2)
  await ada.close()
  const file = await readFile(join(folder, 'store.sqlite'))
  expect(file.includes('This stays')).toBe(true)
  for (const words of [SECRET, CAPTION, NAME]) expect(file.includes(words)).toBe(false)
  expect(await sealedPieces()).toEqual([])
})
