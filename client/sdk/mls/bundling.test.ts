/** The layer as a bundle: what it brings along, and that a bundler resolves all of it. */

import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { build as viteBuild } from 'vite'
import { describe, expect, it } from 'vitest'
import type * as Mls from './index.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const entry = `${root}client/sdk/mls/index.ts`
const KIB = 1_024

const bundlers: Record<string, () => Promise<string>> = {
  async esbuild() {
    const options = { bundle: true, minify: true, write: false, format: 'esm', platform: 'browser' } as const
    const { outputFiles } = await build({ ...options, entryPoints: [entry], absWorkingDir: root })
    return outputFiles[0]?.text ?? ''
  },
  async vite() {
    const lib = { entry, formats: ['es' as const], fileName: 'mls' }
    const output = await viteBuild({ root, configFile: false, logLevel: 'silent', build: { write: false, lib } })
    const [first] = Array.isArray(output) ? output : [output]
    if (first === undefined || !('output' in first)) throw new Error('no bundle')
    return first.output[0].code
  },
}

describe.each(Object.entries(bundlers))('a bundle by %s', (name, bundle) => {
  it('has no import left, no package that is not installed, and fits in 80 KiB gzipped', async () => {
    const code = await bundle()
    const size = gzipSync(code).length
    process.stdout.write(`client/sdk/mls by ${name}: ${(size / KIB).toFixed(1)} KiB gzipped\n`)
    // Chunks of the bundle are its own. hpke-js asks Node for its `crypto` where there is none: nowhere that this runs.
    const imports = [...code.matchAll(/\b(?:from|import)\s*\(?\s*["'`]([^"'`]+)["'`]/g)].map(([, source]) => source)
    expect(imports.filter((source) => source !== 'crypto' && source?.startsWith('./') !== true)).toEqual([])
    expect(/ml-dsa|dhkem-x448|\beval\(|new Function/.exec(code)?.[0]).toBeUndefined()
    expect(size).toBeLessThan(80 * KIB)
  })
})

it('works', async () => {
  const code = await (bundlers['esbuild'] as () => Promise<string>)()
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
  const mls = (await import(/* @vite-ignore */ url)) as typeof Mls
  const seed = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const sign = async (input: Uint8Array) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', seed.privateKey, Uint8Array.from(input)))
  const device = { address: { account: 'AAAAAAAAAAAAAAAAAAAAAA', device: 1 }, sign }
  const own = await mls.makeKeyPackage(device, 83, Date.now())
  const group = 'AQEBAQEBAQEBAQEBAQEBAQ'
  const state = await mls.createGroup(group, own, { name: 'bundled', policy: { add: 'admin' } })
  expect(mls.detailsOf(mls.readParts(mls.writeParts(state))).name).toBe('bundled')
})
