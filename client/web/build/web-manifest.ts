import type { ManifestOptions } from 'vite-plugin-pwa'
import { SHARED_FILES_NAME, SHARE_PATH } from '../app/shared.ts'

const SHORTCUT_ICON = { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' }

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
  lang: 'en',
  dir: 'ltr',
  categories: ['social', 'communication'],
  icons: [
    { src: '/icons/icon.svg', sizes: 'any', type: 'image/svg+xml' },
    { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: '/icons/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
  ],
  shortcuts: [
    { name: 'New conversation', url: '/new', icons: [SHORTCUT_ICON] },
    { name: 'New group', url: '/new/group', icons: [SHORTCUT_ICON] },
  ],
  // A form that the service worker answers: see sw/share-target.ts.
  share_target: {
    action: SHARE_PATH,
    method: 'POST',
    enctype: 'multipart/form-data',
    params: {
      title: 'title',
      text: 'text',
      url: 'url',
      files: [{ name: SHARED_FILES_NAME, accept: ['*/*'] }],
    },
  },
}
