import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { leaveOutUnusedCrypto } from '#sdk/crypto/bundling.ts'

/** The page of `index.html` alone, with the engine's worker as the client builds it. `BUILD` names the build. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  define: { __BUILD_ID__: JSON.stringify(process.env['BUILD'] ?? 'testing') },
  plugins: [leaveOutUnusedCrypto()],
  worker: { format: 'es', plugins: () => [leaveOutUnusedCrypto()] },
  build: { target: 'chrome133', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
})
