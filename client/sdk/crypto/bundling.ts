/**
 * For bundlers only: what the library loads and never uses, left out. Without this a bundle carries 340 KB more
 * (125 KB gzipped) and starts an Emscripten module on import; nothing else changes.
 */

const EMPTY = new URL('./empty-stub.ts', import.meta.url)
const NOTHING = new URL('./nothing-stub.ts', import.meta.url)
const STUBS: readonly (readonly [source: RegExp, stub: URL])[] = [
  [/^@privacyresearch\/curve25519-typescript$/, new URL('./compiled-curve-stub.ts', import.meta.url)],
  [/\/lib\/msrcrypto(\.js)?$/, new URL('./scripted-webcrypto-stub.ts', import.meta.url)],
  [/^long$/, EMPTY],
  // Of protobufjs: numbers with a fraction, which no Signal message has, and remote calls, with the events that they are told by.
  [/^@protobufjs\/float$/, NOTHING],
  [/^@protobufjs\/eventemitter$/, NOTHING],
  [/^\.\/rpc$/, NOTHING],
  [/^\.\/(generated\/protos\/PushMessages|push-message-content-compatible)$/, EMPTY],
]

/** The file to take for an import of the library's, or `undefined` where it should be left as it is. */
export function stubFor(source: string): string | undefined {
  const found = STUBS.find(([pattern]) => pattern.test(source))
  return found === undefined ? undefined : decodeURIComponent(found[1].pathname)
}

/** A Vite, Rolldown or Rollup plugin. In Vite it also belongs into `worker.plugins` and `optimizeDeps.rolldownOptions.plugins`. */
export function leaveOutUnusedCrypto() {
  return { name: 'leave-out-unused-crypto', enforce: 'pre' as const, resolveId: stubFor }
}
