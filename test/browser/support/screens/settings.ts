import { type Screen, DIALOG, press } from './screen.ts'

/** Settings and their dialogs. */
export const SETTINGS: readonly Screen[] = [
  { name: 'settings', url: '/settings', ready: 'role=link[name="Profile"]' },
  { name: 'settings-profile', url: '/settings/profile', ready: 'role=button[name="Show code"]' },
  { name: 'settings-appearance', url: '/settings/appearance', ready: 'role=radio[name="Dark"]' },
  { name: 'settings-privacy', url: '/settings/privacy', ready: 'role=switch[name="Read receipts"]' },
  {
    name: 'settings-notifications',
    url: '/settings/notifications',
    prepare: (page) => page.getByRole('switch', { name: 'Quiet hours' }).click(),
    ready: 'text=From',
  },
  { name: 'settings-lock', url: '/settings/lock', ready: 'role=button[name="Use a passphrase"]' },
  {
    name: 'passphrase-dialog',
    url: '/settings/lock',
    prepare: async (page) => {
      await press(page, 'Use a passphrase')
      await page.getByLabel('Passphrase', { exact: true }).fill('correct horse')
      await page.getByLabel('The same again').fill('correct')
      await press(page, 'Set passphrase')
    },
    ready: 'text=The two are not the same',
  },
  { name: 'passkey-dialog', url: '/settings/lock', prepare: (page) => press(page, 'Use a passkey'), ready: DIALOG },
  {
    name: 'recovery-key-dialog',
    url: '/settings/lock',
    prepare: (page) => press(page, 'Show recovery key'),
    ready: 'role=list[name="Recovery key"]',
  },
  { name: 'settings-devices', url: '/settings/devices', ready: 'text=Device 2' },
  {
    name: 'remove-device-dialog',
    url: '/settings/devices',
    prepare: (page) => press(page, 'Remove device 2'),
    ready: DIALOG,
  },
  { name: 'settings-storage', url: '/settings/storage', ready: 'role=meter' },
  { name: 'settings-about', url: '/settings/about', ready: 'text=Free software' },
  // The last, because it stays for a while.
  {
    name: 'toast',
    prepare: (page) => press(page, 'Copy for a report'),
    ready: '[data-sonner-toast][data-mounted=true]',
  },
]
