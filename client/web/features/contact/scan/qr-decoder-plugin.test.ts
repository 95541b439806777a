/// <reference types="node" />
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import { encode } from 'uqr'
import { describe, expect, it } from 'vitest'
import { decoderSource, qrDecoderAsFile } from './qr-decoder-plugin.ts'

const FILE = createRequire(import.meta.url).resolve('qr-scanner/qr-scanner-worker.min.js')
const MODULE = readFileSync(FILE, 'utf8')

interface Answer {
  readonly type: string
  readonly data: string | null
}

/** Runs the decoder as the browser will: as a module, so in strict mode. */
function decode(text: string): Answer | undefined {
  const { data: modules, size } = encode(text, { border: 4 })
  const scale = 4
  const width = size * scale
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255)
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (modules[Math.floor(y / scale)]?.[Math.floor(x / scale)])
        pixels.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3)
    }
  }
  const answers: Answer[] = []
  const worker: { onmessage?: (event: unknown) => void; postMessage: (answer: Answer) => void } = {
    postMessage: (answer) => answers.push(answer),
  }
  runInNewContext(`'use strict';${decoderSource(MODULE)}`, { self: worker, Uint8ClampedArray })
  worker.onmessage?.({ data: { id: 1, type: 'decode', data: { data: pixels, width, height: width } } })
  return answers[0]
}

describe('qr decoder', () => {
  it('decodes as a worker file what the client draws', () => {
    const text = `silentrelay-safety:1:${'A'.repeat(22)}:${'b'.repeat(22)}:${'0123456789'.repeat(6)}`
    expect(decode(text)).toMatchObject({ type: 'qrResult', data: text })
  })

  it('is led to by the library alone', () => {
    const plugin = qrDecoderAsFile()
    const importer = '/n/node_modules/qr-scanner/qr-scanner.min.js'
    expect(plugin.resolveId('./qr-scanner-worker.min.js', importer)).toMatch(/create-decoder\.ts$/)
    expect(plugin.resolveId('qr-scanner/qr-scanner-worker.min.js', '/n/decoder-worker.ts')).toBeUndefined()
    expect(plugin.transform('export const a = 1', '/n/other.js')).toBeUndefined()
    expect(plugin.transform(MODULE, FILE)?.code).not.toContain('createObjectURL')
  })

  it('refuses a module of another form', () => {
    expect(() => decoderSource('export const createWorker = () => 1')).toThrow(/another form/)
  })
})
