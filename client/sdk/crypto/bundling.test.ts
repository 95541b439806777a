import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build as esbuild } from 'esbuild'
import { build as viteBuild } from 'vite'
import { beforeAll, describe, expect, it } from 'vitest'
import type * as PeerModule from './testing/peer.ts'
import { leaveOutUnusedCrypto, stubFor } from './bundling.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const entry = `${root}client/sdk/crypto/testing/peer.ts`

function stub(source: string): { path: string } | undefined {
  const path = stubFor(source)
  return path === undefined ? undefined : { path }
}

/** Two devices that talk, within the bundle `module`. */
async function talk(code: string): Promise<unknown> {
  const url = `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
  const module = (await import(/* @vite-ignore */ url)) as typeof PeerModule
  const [alice, bob] = await module.connectedPeers()
  return bob.receive(alice, await alice.send(bob, Uint8Array.of(1, 2, 3)))
}

/** The SDK's encryption as a bundle, by each of the bundlers in use. */
const bundlers: Record<string, () => Promise<string>> = {
  async vite() {
    const output = await viteBuild({
      root,
      configFile: false,
      logLevel: 'silent',
      plugins: [leaveOutUnusedCrypto()],
      build: { write: false, minify: true, lib: { entry, formats: ['es'], fileName: 'crypto' } },
    })
    const [first] = Array.isArray(output) ? output : [output]
    if (first === undefined || !('output' in first)) throw new Error('no bundle')
    return first.output[0].code
  },
  async esbuild() {
    const { outputFiles } = await esbuild({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      plugins: [{ name: 'stubs', setup: (build) => build.onResolve({ filter: /./ }, ({ path }) => stub(path)) }],
    })
    return outputFiles[0]?.text ?? ''
  },
}

describe.each(Object.entries(bundlers))('a bundle by %s', (_name, bundle) => {
  let code = ''
  beforeAll(async () => {
    code = await bundle()
  })

  it('has nothing that is loaded and never used, and fits in 40 KiB gzipped', () => {
    expect(code).not.toMatch(/_curve25519_donna|msrCrypto|TWO_PWR_24|AttachmentPointer/)
    expect(gzipSync(code).length).toBeLessThan(40 * 1_024)
  })

  it('needs nothing of Node and compiles no code at run time', () => {
    expect(code).not.toMatch(/from\s*["'](node:|fs|crypto)|\beval\(|new Function|\bprocess\.on\b/)
  })

  it('works', async () => {
    await expect(talk(code)).resolves.toEqual(Uint8Array.of(1, 2, 3))
  })
})
