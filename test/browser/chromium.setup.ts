import chromium from '@sparticuz/chromium'

/** Unpacks Chromium before two test files do it at once, one of which would start what is half written. */
export default async function setup(): Promise<void> {
  await chromium.executablePath()
}
