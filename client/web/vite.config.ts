import { fileURLToPath } from 'node:url'
import tailwind from '@tailwindcss/vite'
import { lingui } from '@lingui/vite-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { leaveOutUnusedCrypto } from '../sdk/crypto/bundling.ts'
import { buildId } from './build/build-id.ts'
import { clientManifest } from './build/client-manifest-plugin.ts'
import { emojiModule } from './build/emoji-plugin.ts'
import { linguiMacros } from './build/lingui-macros.ts'
import { noInjectedStyles } from './build/no-injected-styles.ts'
import { webManifest } from './build/web-manifest.ts'
import { qrDecoderAsFile } from './features/contact/scan/qr-decoder-plugin.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/**
 * `vite build --config client/web/vite.config.ts` writes `dist/web`, which the Worker serves. `--mode fake` (dev server
 * or build, into `dist/web-fake`) puts a seeded in-memory engine in the place of the real one.
 */
export default defineConfig(({ command, mode }) => ({
  root: here('.'),
  // Where `npm start` listens: the API of a dev server is the relay's.
  server: { proxy: { '/v1': { target: process.env['RELAY'] ?? 'http://localhost:8787', ws: true } } },
  define: { __BUILD_ID__: JSON.stringify(command === 'serve' ? 'development' : buildId(mode)) },
  plugins: [
    leaveOutUnusedCrypto(),
    qrDecoderAsFile(),
    emojiModule(),
    noInjectedStyles(),
    linguiMacros(here('./lingui.config.ts')),
    react(),
    lingui({ configPath: here('./lingui.config.ts'), failOnCompileError: true }),
    tailwind(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'sw',
      filename: 'service-worker.ts',
      injectRegister: false,
      manifest: webManifest,
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,svg,png,woff2,webmanifest}'],
        globIgnores: ['build-manifest.json'],
      },
    }),
    clientManifest(),
  ],
  optimizeDeps: { rolldownOptions: { plugins: [leaveOutUnusedCrypto(), noInjectedStyles()] } },
  worker: {
    format: 'es',
    plugins: () => [leaveOutUnusedCrypto(), qrDecoderAsFile()],
    rolldownOptions: {
      output: {
        // What the engine starts with is one file. What it loads later takes from that, and not both from many small ones.
        codeSplitting: {
          groups: [
            { name: 'engine', test: /\/client\/web\/engine\/host\.ts$/ },
            // The curve's module imports it, for what is loaded later alone.
            {
              name: 'oprf',
              test: /\/@noble\/curves\/abstract\/oprf\.js$/,
              priority: 1,
              includeDependenciesRecursively: false,
            },
          ],
        },
      },
    },
  },
  build: {
    // The fake engine must never stand where the Worker serves from.
    outDir: here(mode === 'fake' ? '../../dist/web-fake' : '../../dist/web'),
    emptyOutDir: true,
    // The browsers that have everything the engine needs (module SharedWorkers or Web Locks, X25519 in WebCrypto).
    target: ['chrome133', 'edge133', 'firefox132', 'safari18'],
    manifest: 'build-manifest.json',
    modulePreload: { polyfill: false },
    // Inlined assets would need data: URLs that the Content-Security-Policy does not give to fonts.
    assetsInlineLimit: 0,
    sourcemap: false,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      // The component kit is reached by one file that names all of it. Without this, a first visit would fetch every part of
      // it and what it stands on (menus, dialogs), for the one or two that it shows.
      treeshake: { moduleSideEffects: [{ test: /\/client\/web\/(kit|state)\//, sideEffects: false }] },
      output: {
        // One file for what a first visit shows and one for an open account, not two dozen of a few hundred octets each,
        // one for each set of lazy screens that share them.
        codeSplitting: {
          groups: [
            { name: 'index', test: /\/client\/web\/main\.tsx$/, priority: 2 },
            { name: 'account', test: /\/client\/web\/app\/account\.tsx$/, priority: 1 },
          ],
        },
      },
    },
  },
}))
