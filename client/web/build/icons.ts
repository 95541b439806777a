/**
 * `node client/web/build/icons.ts`: writes `public/icons` anew, from the one drawing below. Run when the drawing changes;
 * the files are kept in the repository.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import chromium from '@sparticuz/chromium'
import { chromium as playwright } from 'playwright-core'

const FOLDER = fileURLToPath(new URL('../public/icons/', import.meta.url))

/** A speech bubble with a snow crystal, on a canvas of 64. */
const MARK = `<path fill="#00688B" d="M32 4C16 4 4 14.6 4 28.4c0 7.6 3.7 14.2 9.6 18.7L11 58.4c-.3 1.3 1 2.3 2.2 1.7l11.6-6c2.3.5 4.7.7 7.2.7 16 0 28-10.6 28-26.4S48 4 32 4Z"/>
<g stroke="#ACE5EE" stroke-width="3.4" stroke-linecap="round" fill="none">
<path d="M32 15v28M19.9 22l24.2 14M19.9 36l24.2-14"/>
<path d="m27.5 17.5 4.5 4 4.5-4M27.5 40.5l4.5-4 4.5 4M19.3 27.5l5.7-2-1.2-5.9M44.7 30.5l-5.7 2 1.2 5.9M19.3 30.5l5.7 2-1.2 5.9M44.7 27.5l-5.7-2 1.2-5.9"/>
</g>`

const svg = (content: string) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">\n${content}\n</svg>\n`

/** Platforms cut a maskable icon to a circle of 80 % (W3C Web Application Manifest, "maskable"). */
const onGround = (scale: number) => {
  const offset = 32 - 32 * scale
  return svg(
    `<rect width="64" height="64" fill="#F3FAFD"/><g transform="translate(${offset} ${offset}) scale(${scale})">${MARK}</g>`,
  )
}

const PNGS: readonly (readonly [file: string, size: number, drawing: string])[] = [
  ['icon-192.png', 192, svg(MARK)],
  ['icon-512.png', 512, svg(MARK)],
  ['icon-maskable-512.png', 512, onGround(0.62)],
  ['apple-touch-icon.png', 180, onGround(0.74)],
]

mkdirSync(FOLDER, { recursive: true })
writeFileSync(`${FOLDER}icon.svg`, svg(MARK))
const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args: chromium.args })
const page = await browser.newPage()
for (const [file, size, drawing] of PNGS) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>body{margin:0}svg{display:block}</style>${drawing.replace('<svg', `<svg width="${size}" height="${size}"`)}`,
  )
  await page.screenshot({ path: FOLDER + file, omitBackground: true })
}
await browser.close()
