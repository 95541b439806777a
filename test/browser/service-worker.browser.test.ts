import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { violations } from './support/axe.ts'
import { Build, engineBuild, scriptsOf } from './support/builds.ts'
import { composer, type Person, readTimeline } from './support/person.ts'
import { ownStage } from './support/shared.ts'
import type { OwnStage } from './support/stage.ts'

let folder: string
/** What the relay serves: read whenever its edge starts. */
let served: string
let first: Build
let building: Promise<Build>
let stage: OwnStage
let ada: Person
let ben: Person

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-builds-'))
  served = join(folder, 'served')
  first = await Build.present(join(folder, 'first'))
  await first.deployTo(served)
  stage = await ownStage({ env: { CLIENT_DIR: served } })
  building = Build.later(join(folder, 'second'))
  ;[ada, ben] = await Promise.all([stage.person('ada'), stage.person('ben')])
})

afterAll(async () => {
  await building
  await stage?.close()
  await rm(folder, { recursive: true, force: true })
})

async function deploy(build: Build): Promise<void> {
  await build.deployTo(served)
  await stage.system.crashEdge()
}

const prompt = (page: Page) => page.getByText('A new version is waiting')
const update = (page: Page) => page.getByRole('button', { name: 'Update' }).click()

/** Which of the scripts that a page has loaded are not of this build. */
async function strangers(page: Page, build: Build): Promise<string[]> {
  const scripts = await scriptsOf(page)
  expect(scripts.length).toBeGreaterThan(3)
  return scripts.filter((script) => !build.scripts.has(script))
}

it('after the first visit, the client starts without a network, with list and conversation', async () => {
  await ada.find(ben.username)
  await ada.send('Before the tunnel')
  await ada.showsState('Before the tunnel', 'Delivered')
  await ada.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await ada.goOffline()
  await ada.page.close()
  ada.page = await ada.context.newPage()
  await ada.page.goto('/')
  await ada.openChat('ben')
  await ada.message('Before the tunnel').waitFor()
  expect(await readTimeline(ada.page)).toEqual(['Before the tunnel'])
  await ada.goOnline()
  await ada.send('After the tunnel')
  await ada.showsState('After the tunnel', 'Delivered')
})

it('what another app shares becomes a draft where it is chosen to, and the relay never sees it', async () => {
  const { page } = ada
  const sent: string[] = []
  const onRequest = (request: { method: () => string; url: () => string }) =>
    sent.push(`${request.method()} ${request.url()}`)
  ada.context.on('request', onRequest)
  const target = new URL('/share', page.url()).href
  // As the system does: a form that comes from elsewhere.
  await page.goto('about:blank')
  await page.setContent(
    `<form method="post" enctype="multipart/form-data" action="${target}">
      <input name="title" value="A hut"><input name="text" value=""><input name="url" value="https://hut.example/?a=1&amp;b=2#c">
    </form>`,
  )
  await page.locator('form').evaluate((form: HTMLFormElement) => form.submit())
  await page.getByText('A hut').waitFor()
  expect(page.url()).toBe(target)
  await page.getByRole('list', { name: 'Conversations' }).last().getByRole('button', { name: 'ben' }).click()
  await composer(page).waitFor()
  await expect.poll(() => composer(page).inputValue()).toBe('A hut\nhttps://hut.example/?a=1&b=2#c')
  // Sent by hand, or not at all.
  expect(await readTimeline(page)).toEqual(['Before the tunnel', 'After the tunnel'])
  await composer(page).fill('')
  ada.context.off('request', onRequest)
  expect(sent.filter((line) => decodeURIComponent(line).includes('hut'))).toEqual([])
})

it('files that another app shares wait to be sent where it is chosen to, and go nowhere else', async () => {
  const { page } = ada
  const target = new URL('/share', page.url()).href
  await page.goto('about:blank')
  await page.setContent(
    `<form method="post" enctype="multipart/form-data" action="${target}">
      <input name="title"><input name="text" value="Two lists &amp;files=none"><input name="url"><input type="file" name="files" multiple>
    </form>`,
  )
  await page.locator('input[type=file]').setInputFiles([
    { name: 'ropes.txt', mimeType: 'text/plain', buffer: Buffer.from('two') },
    { name: 'lamps.txt', mimeType: 'text/plain', buffer: Buffer.from('three') },
  ])
  await page.locator('form').evaluate((form: HTMLFormElement) => form.submit())
  await page.getByRole('list', { name: 'Files' }).getByText('lamps.txt').waitFor()
  expect(page.url()).toBe(target)
  await page.getByRole('list', { name: 'Conversations' }).last().getByRole('button', { name: 'ben' }).click()
  await page.getByRole('list', { name: 'Files to send' }).getByText('ropes.txt').waitFor()
  await expect.poll(() => composer(page).inputValue()).toBe('Two lists &files=none')
  expect(await page.getByRole('list', { name: 'Files to send' }).getByRole('listitem').count()).toBe(2)
  // Nothing of them is anywhere but in the tab.
  const kept = await page.evaluate(async () => {
    const names = await caches.keys()
    const all = await Promise.all(
      names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)),
    )
    return all.flat().filter((url) => /\/share$|\.txt$/.test(new URL(url).pathname))
  })
  expect(kept).toEqual([])
  await composer(page).fill('')
  await page.getByRole('button', { name: 'Remove ropes.txt' }).click()
  await page.getByRole('button', { name: 'Remove lamps.txt' }).click()
  expect(await readTimeline(page)).toEqual(['Before the tunnel', 'After the tunnel'])

  // Asked for once more, they are gone.
  await page.goto('about:blank')
  await page.goto(`${target}#&files=00000000-0000-4000-8000-000000000000`)
  await page.getByText('The files did not arrive. Share them once more.').waitFor()
  await page.goto(new URL('/', target).href)
  await ada.openChat('ben')
})

it('a new build waits until it is accepted; the old one stays whole meanwhile', async () => {
  const other = await ada.tab()
  await other.goto('/')
  const lazy = first.script('settings-screen')
  await deploy(await building)
  await other.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update())
  await Promise.all([ada.page, other].map((page) => prompt(page).waitFor()))

  // What the old build loads now for the first time is no longer on the server.
  expect((await fetch(`${stage.system.url}/assets/${lazy}`)).status).toBe(404)
  expect(await scriptsOf(other)).not.toContain(lazy)
  await other.getByRole('link', { name: 'Settings' }).click()
  await other.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await scriptsOf(other)).toContain(lazy)

  const late = await ada.tab()
  await composer(late).waitFor()
  expect(await Promise.all([ada.page, other, late].map((page) => strangers(page, first)))).toEqual([[], [], []])
  expect(await first.hasId(await engineBuild(other))).toBe(true)
})

it('accepted in one tab, the new build runs in all, with every draft and message, and the conversation goes on', async () => {
  const second = await building
  const pages = ada.context.pages()
  // One of them was loaded anew since it knew: without a network it could not find out.
  await prompt(pages[1] as Page).waitFor()
  const reloaded = Promise.all(pages.map((page) => page.waitForEvent('load')))
  await ada.goOffline()
  await ada.send('Written before the update')
  await composer(ada.page).fill('Half a thought')
  await update(pages[1] as Page)
  await reloaded
  await ada.showsState('Written before the update', 'Waiting to be sent')
  expect(await composer(ada.page).inputValue()).toBe('Half a thought')
  expect(await Promise.all(pages.map((page) => strangers(page, second)))).toEqual([[], [], []])

  await ada.goOnline()
  await ada.showsState('Written before the update', 'Delivered')
  await ben.openChat('ada')
  await ben.send('Here with the old one')
  await ada.message('Here with the old one').waitFor()
  expect(await second.hasId(await engineBuild(pages[1] as Page))).toBe(true)
  expect(await prompt(ada.page).count()).toBe(0)
})

it('without a service worker, a tab of another build asks for the engine, and gets it when it is let go', async () => {
  const cleo = await stage.person('cleo', { serviceWorkers: 'block' })
  await cleo.find(ben.username)
  await deploy(first)
  const other = await cleo.tab()
  await other.getByText('Waiting for the other tab').waitFor()
  await prompt(cleo.page).waitFor()
  await cleo.send('Written before I let go')
  await composer(cleo.page).fill('Half a thought')
  await update(cleo.page)
  await cleo.message('Written before I let go', other).waitFor()
  await cleo.showsState('Written before I let go', 'Delivered')
  expect([await composer(cleo.page).inputValue(), await composer(other).inputValue()]).toEqual([
    'Half a thought',
    'Half a thought',
  ])
  expect([await strangers(cleo.page, first), await strangers(other, first)]).toEqual([[], []])
  // The old tab may have looked for a script that it never had: here nothing keeps those.
  expect(cleo.troubles.filter((trouble) => !/ 404 .*\/assets\//.test(trouble))).toEqual([])
})

const refused = (page: Page) => page.getByText('This relay serves a changed version')

/** The names in the explanation of what was refused. */
async function explained(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Details' }).click()
  const dialog = page.getByRole('dialog', { name: 'This version is not used' })
  await dialog.waitFor()
  expect(await violations(page)).toEqual([])
  const text = await dialog.innerText()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  return text
}

it('WM-5: a service worker that checks nothing does not get to run: the one that runs has read it first', async () => {
  const second = await building
  await second.deployTo(served)
  await writeFile(join(served, 'service-worker.js'), 'self.addEventListener("install", () => undefined)\n')
  await stage.system.crashEdge()
  await ada.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update())
  await refused(ada.page).waitFor()
  const text = await explained(ada.page)
  expect(text).toContain('fileChanged')
  expect(text).toContain('/service-worker.js')
  expect(await prompt(ada.page).count()).toBe(0)
  expect(await strangers(ada.page, second)).toEqual([])
})

it('WM-5: of a build with a changed file nothing is kept, and the file is named', async () => {
  const second = await building
  await second.deployTo(served)
  const script = `assets/${second.script('settings-screen')}`
  await appendFile(join(served, script), '\n// Reads along.\n')
  await stage.system.crashEdge()
  const dora = await stage.person('dora')
  await refused(dora.page).waitFor()
  expect(await explained(dora.page)).toContain(`/${script}`)
  expect(await dora.page.evaluate(() => navigator.serviceWorker.controller)).toBeNull()
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.url).host
  expect([[...ada.network.hosts], [...ben.network.hosts]]).toEqual([[relay], [relay]])
})
