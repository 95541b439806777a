import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { completeLock, platformOf } from './complete-lock.ts'

it('the committed lock names every platform’s packages, so that npm ci takes it everywhere', async () => {
  const text = await readFile(new URL('../package-lock.json', import.meta.url), 'utf8')
  expect(completeLock(text).added).toEqual([])
})

it('adds what is missing for the platforms that its name tells, and leaves the rest alone', () => {
  const lock = {
    lockfileVersion: 3,
    packages: {
      '': { name: 'us' },
      'node_modules/tool': {
        version: '1.0.0',
        dev: true,
        optionalDependencies: { '@tool/linux-x64-gnu': '1.0.0', '@tool/darwin-arm64': '1.0.0' },
      },
      'node_modules/tool/node_modules/@tool/linux-x64-gnu': { version: '1.0.0', optional: true },
    },
  }
  const { text, added } = completeLock(JSON.stringify(lock))
  expect(added).toEqual(['@tool/darwin-arm64@1.0.0'])
  const completed = JSON.parse(text) as typeof lock & { packages: Record<string, object> }
  expect(completed.packages['node_modules/@tool/darwin-arm64']).toEqual({
    version: '1.0.0',
    dev: true,
    optional: true,
    os: ['darwin'],
    cpu: ['arm64'],
  })
  expect({ ...completed.packages, 'node_modules/@tool/darwin-arm64': undefined }).toEqual(lock.packages)
})

it.each([
  ['@rollup/rollup-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
  ['@cloudflare/workerd-windows-64', { os: ['win32'], cpu: ['x64'] }],
  ['@tailwindcss/oxide-wasm32-wasi', { cpu: ['wasm32'] }],
])('%s installs where its name says', (name, platform) => {
  expect(platformOf(name)).toEqual(platform)
})
