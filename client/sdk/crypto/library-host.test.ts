/** What the library does to the process that it runs in, and how it is installed. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { SessionLock } from '@privacyresearch/libsignal-protocol-typescript/lib/session-lock.js'
import { describe, expect, it } from 'vitest'
import { verifyXeddsa } from '#protocol/xeddsa.ts'
import { Peer, connectedPeers } from './testing/peer.ts'

const root = new URL('../../../', import.meta.url)
const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer

/** How many listeners for fatal errors a process of its own has after importing `module`. */
function fatalListeners(module: string): string {
  const script = `await import(${JSON.stringify(module)})
    console.log(['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event)).join())`
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' }).trim()
}

describe('the library within its host', () => {
  it('answers false for a valid signature in its synchronous interface, which ours never calls', async () => {
    const require = createRequire(import.meta.url)
    const { default: create } = require('@privacyresearch/libsignal-protocol-typescript') as {
      default: () => Promise<{
        Curve: { verifySignature(key: ArrayBuffer, message: ArrayBuffer, signature: ArrayBuffer): boolean }
      }>
    }
    const { Curve } = await create()
    const { identityKey, signedPrekey } = (await Peer.create('bob')).bundle()
    const answer = Curve.verifySignature(
      buffer(identityKey),
      buffer(signedPrekey.publicKey),
      buffer(signedPrekey.signature),
    )
    expect(answer).toBe(false)
    expect(verifyXeddsa(identityKey, signedPrekey.publicKey, signedPrekey.signature)).toBe(true)
  })

  it('keeps every promise for ever in its lock; ours goes past the lock', async () => {
    const before = SessionLock._promises.length
    await connectedPeers()
    expect(SessionLock._promises).toHaveLength(before)
  })

  it('aborts the process on an unhandled rejection; with ours, the host decides', () => {
    expect(fatalListeners('@privacyresearch/libsignal-protocol-typescript')).toBe('1,1')
    expect(fatalListeners(new URL('library.ts', import.meta.url).href)).toBe('0,0')
  })

  it('is the scoped package: the fork without a MAC check is not installed', () => {
    const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')) as {
      packages: Record<string, { version?: string }>
    }
    const installed = Object.keys(lock.packages).filter((path) =>
      path.endsWith('node_modules/libsignal-protocol-typescript'),
    )
    expect(installed).toEqual([])
    const scoped = lock.packages['node_modules/@privacyresearch/libsignal-protocol-typescript']
    expect(scoped?.version).toBe('0.0.16')
  })
})
