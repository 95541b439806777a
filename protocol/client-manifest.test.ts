import { expect, it } from 'vitest'
import { utf8 } from './bytes.ts'
import { clientFile, digestOf, readClientManifest, writeClientManifest } from './client-manifest.ts'

const FILES = [clientFile('/index.html', utf8('<html>')), clientFile('/assets/a-B_1.js', utf8('1'))]

it('WM-2: a manifest names its files by path, in order, whatever order they were found in', () => {
  const bytes = writeClientManifest(FILES)
  expect(writeClientManifest(FILES.toReversed())).toEqual(bytes)
  expect(readClientManifest(bytes)?.files.map(({ path, bytes: size }) => [path, size])).toEqual([
    ['/assets/a-B_1.js', 1],
    ['/index.html', 6],
  ])
  expect(digestOf(utf8(''))).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
})

it('WM-2: what is not exactly in form is no manifest', () => {
  const text = new TextDecoder().decode(writeClientManifest(FILES))
  const changed = (from: string | RegExp, to: string) => readClientManifest(utf8(text.replace(from, to)))
  expect(changed('"format": 1', '"format": 2')).toBeUndefined()
  expect(changed('/index.html', '/z/../index.html')).toBeUndefined()
  expect(changed('/index.html', 'https://other.example/')).toBeUndefined()
  expect(changed('/index.html', '/a.html')).toBeUndefined()
  expect(changed('/index.html', '/assets/a-B_1.js')).toBeUndefined()
  expect(changed(/"sha256": "./, '"sha256": "')).toBeUndefined()
  expect(changed('"bytes"', '"more": 1, "bytes"')).toBeUndefined()
  expect(readClientManifest(Uint8Array.of(0xff))).toBeUndefined()
  expect(() => writeClientManifest([])).toThrow('0')
})
