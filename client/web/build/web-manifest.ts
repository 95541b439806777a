import type { ManifestOptions } from 'vite-plugin-pwa'

/** What an installed SilentRelay is called and looks like. */
export const webManifest: Partial<ManifestOptions> = {
  id: '/',
  name: 'SilentRelay',
  short_name: 'SilentRelay',
  description: 'End-to-end-encrypted messages. The relay passes them on and cannot read them.',
  start_url: '/',
  scope: '/',
  display: 'standalone',
  background_color: '#F3FAFD',
  theme_color: '#00688B',
  categories: ['social', 'communication'],
  icons: [
    { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: '/icons/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
}
