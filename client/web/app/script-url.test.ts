import { describe, expect, it } from 'vitest'
import { checkScriptUrl, UntrustedScriptError } from './script-url.ts'

const ORIGIN = 'https://relay.example'

describe('the Trusted Types policy', () => {
  it('passes the files that a build writes, and the service worker', () => {
    expect(checkScriptUrl('/assets/host-Ab_12-x.js', ORIGIN)).toBe(`${ORIGIN}/assets/host-Ab_12-x.js`)
    expect(checkScriptUrl('/service-worker.js', ORIGIN)).toBe(`${ORIGIN}/service-worker.js`)
  })

  it('passes nothing else', () => {
    const others = [
      'https://elsewhere.example/assets/host-1.js',
      '//elsewhere.example/assets/host-1.js',
      'data:text/javascript,alert(1)',
      'blob:https://relay.example/1d0b',
      'javascript:alert(1)',
      '/v1/assets/host-1.js',
      '/assets/../v1/anything.js',
      '/assets/deeper/host-1.js',
      '/assets/picture.svg',
      '/other.js',
    ]
    for (const url of others) expect(() => checkScriptUrl(url, ORIGIN)).toThrow(UntrustedScriptError)
  })
})
