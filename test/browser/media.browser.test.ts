import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Person, composer } from './support/person.ts'
import { sharedStage } from './support/shared.ts'
import type { Stage } from './support/stage.ts'

/** The storage on a laptop has this name alone. */
const AT = { host: 'localhost' } as const
const PLACE_TAKEN = 'Taken at 48.1, 11.5'

let stage: Stage
let ada: Person
let ben: Person

beforeAll(async () => {
  // A microphone that beeps, and may be used.
  stage = await sharedStage()
  ;[ada, ben] = await Promise.all([stage.person('ada', AT), stage.person('ben', AT)])
})

afterAll(() => stage?.close())

/** A photograph, in which the camera wrote where it was. */
function photo(colour: string, size = 3_000): Promise<Buffer> {
  return sharp({ create: { width: size, height: size * 0.75, channels: 3, background: colour } })
    .jpeg()
    .withExif({ IFD0: { ImageDescription: PLACE_TAKEN } })
    .toBuffer()
}

async function choose(
  { page }: Person,
  files: readonly { name: string; mimeType: string; buffer: Buffer }[],
): Promise<void> {
  await page.locator('form input[type=file]').setInputFiles([...files])
  await page
    .getByRole('list', { name: 'Files to send' })
    .getByRole('listitem')
    .nth(files.length - 1)
    .waitFor()
}

const jpeg = async (name: string, colour: string) => ({ name, mimeType: 'image/jpeg', buffer: await photo(colour) })

/** The picture is drawn: its sides as they were decoded. */
function drawn(picture: Locator): Promise<{ width: number; height: number }> {
  return picture.evaluate(async (image: HTMLImageElement) => {
    await image.decode()
    return { width: image.naturalWidth, height: image.naturalHeight }
  })
}

const pictures = (page: Page): Locator => page.locator('[data-message] img[src^="blob:"]')

it('a picture is chosen, sent without what the camera wrote, seen by the other side, and still there after a reload', async () => {
  await ada.find(ben.username)
  await choose(ada, [await jpeg('a.jpg', '#3a7bd5')])
  await composer(ada.page).fill('From the ridge')
  await composer(ada.page).press('Enter')
  await ada.showsState('From the ridge', 'Delivered')

  await ben.openChat('ada')
  await ben.message('From the ridge').waitFor()
  const picture = pictures(ben.page)
  await picture.waitFor()
  // Drawn anew: smaller, and without a word of the camera's.
  expect(await drawn(picture)).toEqual({ width: 2_560, height: 1_920 })
  const octets = await picture.evaluate(async (image: HTMLImageElement) => {
    const canvas = document.createElement('canvas')
    canvas.width = 8
    canvas.height = 8
    canvas.getContext('2d')?.drawImage(image, 0, 0, 8, 8)
    return [...(canvas.getContext('2d')?.getImageData(4, 4, 1, 1).data ?? [])]
  })
  const [red = 0, green = 0, blue = 0] = octets
  expect([Math.abs(red - 0x3a) < 8, Math.abs(green - 0x7b) < 8, Math.abs(blue - 0xd5) < 8]).toEqual([true, true, true])
  const [download] = await Promise.all([
    ben.page.waitForEvent('download'),
    ben.page
      .getByRole('button', { name: 'Photo: open' })
      .click()
      .then(() => ben.page.getByRole('button', { name: 'Save', exact: true }).click()),
  ])
  const saved = await readFile(await download.path())
  expect(saved.includes(PLACE_TAKEN)).toBe(false)
  expect((await sharp(saved).metadata()).exif).toBeUndefined()
  await ben.page.keyboard.press('Escape')

  const { hosts } = ben.network
  const before = hosts.size
  await ben.page.reload()
  await ben.message('From the ridge').waitFor()
  expect(await drawn(pictures(ben.page))).toEqual({ width: 2_560, height: 1_920 })
  expect(hosts.size).toBe(before)
})

it('several at once by drop and paste; the lightbox goes through them by keyboard, and gives the focus back', async () => {
  const files = await Promise.all(
    ['#c62828', '#2e7d32'].map(async (colour) => (await photo(colour, 400)).toString('base64')),
  )
  await ada.page
    .locator('main form textarea, form textarea')
    .first()
    .evaluate((field: HTMLTextAreaElement, [one, two]) => {
      const transfer = (text = '', name: string) => {
        const data = new DataTransfer()
        const octets = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
        data.items.add(new File([octets], name, { type: 'image/jpeg' }))
        return data
      }
      const dropped = transfer(one, 'dropped.jpg')
      for (const type of ['dragenter', 'dragover', 'drop']) {
        field.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: dropped }))
      }
      field.dispatchEvent(
        new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: transfer(two, 'pasted.jpg') }),
      )
    }, files)
  await ada.page.getByRole('button', { name: 'Remove pasted.jpg' }).waitFor()
  await ada.page.getByRole('button', { name: 'Send', exact: true }).click()
  await pictures(ben.page).nth(2).waitFor()

  const { page } = ben
  const second = page.getByRole('button', { name: 'Photo: open' }).nth(1)
  await second.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('2/3').waitFor()
  await page.keyboard.press('ArrowRight')
  await dialog.getByText('3/3').waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowLeft')
  await dialog.getByText('2/3').waitFor()
  for (let step = 0; step < 8; step += 1) {
    await page.keyboard.press('Tab')
    expect(await dialog.evaluate((element) => element.contains(document.activeElement))).toBe(true)
  }
  await page.keyboard.press('ArrowLeft')
  await dialog.getByText('1/3').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Photo: open')
})

it('files are passed on without a network, with their words, and without saying whose they were', async () => {
  const cleo = await stage.person('cleo', AT)
  await cleo.find(ada.username)
  await cleo.send('Show me')
  await ada.page.getByText('Show me').waitFor()
  ada.network.cut()
  await ada.message('From the ridge').click({ button: 'right' })
  await ada.page.getByRole('menuitem', { name: 'Forward…' }).click()
  await ada.page.getByRole('checkbox', { name: 'cleo' }).check()
  await ada.page.getByRole('button', { name: 'Forward to 1 conversation' }).click()
  await ada.page.getByText('Forwarded', { exact: true }).waitFor()
  ada.network.restore()
  const passed = cleo.message('From the ridge')
  await passed.getByText('Forwarded').waitFor()
  expect(await drawn(passed.locator('img[src^="blob:"]'))).toEqual({ width: 2_560, height: 1_920 })
  expect(await cleo.page.locator('[data-timeline]').innerText()).not.toContain('ben')
  expect(cleo.troubles).toEqual([])
  await cleo.context.close()
  await ada.openChat('ben')
})

it('a picture is answered, found by its words, and given other ones', async () => {
  await ben.message('From the ridge').first().click({ button: 'right' })
  await ben.page.getByRole('menuitem', { name: 'Reply' }).click()
  await ben.page.getByRole('group', { name: 'Answer to ada' }).getByText('From the ridge').waitFor()
  await ben.send('What a view')
  const quote = ada.page.locator('[data-message]', { hasText: 'What a view' }).getByTitle('Show the message')
  await quote.getByText('Photo').waitFor()
  await quote.locator('canvas').waitFor()

  await ada.message('From the ridge').first().click({ button: 'right' })
  await ada.page.getByRole('menuitem', { name: 'Edit', exact: true }).click()
  await ada.page.getByRole('group', { name: 'Edit message' }).waitFor()
  await composer(ada.page).fill('From the summit')
  await ada.page.getByRole('button', { name: 'Save', exact: true }).click()
  await quote.getByText('From the summit').waitFor()
  const picture = ben.message('From the summit').first()
  await picture.getByText('edited').waitFor()
  await picture.locator('img[src^="blob:"]').waitFor()

  await ben.page.keyboard.press('Control+k')
  const field = ben.page.getByRole('combobox', { name: 'Conversations and messages' })
  await field.fill('SUMMIT has:image')
  const found = ben.page.getByRole('option').filter({ hasText: 'Photo' })
  await found.locator('mark').getByText('summit').waitFor()
  await field.press('Enter')
  await ben.page.locator('[data-message][data-marked]', { hasText: 'From the summit' }).waitFor()
})

it('a file that is on its way can be taken back; one that is sent is saved as it was', async () => {
  ada.network.cut()
  await choose(ada, [{ name: 'secret plans.zip', mimeType: 'application/zip', buffer: randomBytes(300_000) }])
  await ada.page.getByRole('button', { name: 'Send', exact: true }).click()
  await ada.message('secret plans.zip').getByRole('button', { name: 'Cancel' }).click()
  await ada.message('secret plans.zip').waitFor({ state: 'detached' })
  ada.network.restore()

  const buffer = randomBytes(6_000_000)
  await choose(ada, [{ name: '../notes.bin', mimeType: 'text/html', buffer }])
  await ada.page.getByRole('button', { name: 'Send', exact: true }).click()
  const row = ben.message('notes.bin')
  await row.getByRole('button', { name: /: load$/ }).click()
  const [download] = await Promise.all([
    ben.page.waitForEvent('download'),
    row.getByRole('button', { name: /: save$/ }).click(),
  ])
  expect(download.suggestedFilename()).not.toMatch(/[/\\]/)
  expect((await readFile(await download.path())).equals(buffer)).toBe(true)
  expect(await ben.message('secret plans.zip').count()).toBe(0)
})

it('a voice message is recorded, thrown away, recorded again and sent, and played at another speed', async () => {
  const { page } = ada
  await page.getByRole('button', { name: 'Record a voice message' }).click()
  const recorder = page.getByRole('group', { name: 'Voice message' })
  await recorder.getByText('Recording').waitFor()
  await page.keyboard.press('Escape')
  await recorder.waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement instanceof HTMLTextAreaElement)

  await page.getByRole('button', { name: 'Record a voice message' }).click()
  await recorder.getByText('0:02').waitFor()
  await page.getByRole('button', { name: 'Send voice message' }).click()
  const play = ben.page.getByRole('button', { name: 'Play the voice message' })
  await play.waitFor()
  const bars = await ben.page
    .locator('[data-message] svg rect')
    .evaluateAll((all) => all.map((bar) => Number(bar.getAttribute('height'))))
  expect(Math.max(...bars)).toBeGreaterThan(Math.min(...bars))
  await ben.page.getByRole('button', { name: 'Speed: 1 times' }).click()
  await play.click()
  const sound = ben.page.locator('[data-message] audio')
  expect(await sound.evaluate((audio: HTMLAudioElement) => audio.playbackRate)).toBe(1.5)
  await ben.page.waitForFunction(() => {
    const audio = document.querySelector<HTMLAudioElement>('[data-message] audio')
    return audio !== null && audio.currentTime > 0.2
  })
})

it('no error, no violation of the policy, no request to anybody else', () => {
  expect([ada.troubles, ben.troubles]).toEqual([[], []])
  const relay = new URL(stage.url).port
  for (const { network } of [ada, ben]) expect([...network.hosts].map((host) => host.split(':')[1])).toEqual([relay])
})
