import { type Screen, DIALOG, press } from './screen.ts'

/** Before there is an account that can be used. */
export const BEFORE: readonly Screen[] = [
  { name: 'starting', url: '/?fake=starting', ready: 'text=Opening your messages' },
  { name: 'waiting-for-other-build', url: '/?fake=waitingForOtherBuild', ready: 'text=Waiting for the other tab' },
  { name: 'failed', url: '/?fake=failed', ready: 'text=Code: storageUnavailable' },
  { name: 'onboarding-1', url: '/?fake=new', ready: 'text=Step 1 of 3' },
  {
    name: 'onboarding-1-problem',
    prepare: async (page) => {
      await page.getByLabel('Username').fill('1 no')
      await press(page, 'Create account')
    },
    ready: '[role=alert]:visible',
  },
  {
    name: 'onboarding-2',
    prepare: async (page) => {
      await page.getByLabel('Username').fill('robin.frost')
      await page.getByLabel('Your name').fill('Robin Frost')
      await press(page, 'Create account')
    },
    ready: 'role=list[name="Recovery key"]',
  },
  {
    name: 'onboarding-2-confirm',
    prepare: async (page) => {
      await press(page, 'I have saved it')
      await page.getByLabel('Last group of the key').fill('3VYC')
    },
    ready: 'role=button[name="Confirm"]',
  },
  { name: 'onboarding-3', prepare: (page) => press(page, 'Confirm'), ready: 'text=Step 3 of 3' },
  { name: 'onboarding-1-invited', url: '/u/mira.h?fake=new&invited', ready: 'text=You were sent the link of' },
  { name: 'locked-by-passkey', url: '/?fake=lockedByPasskey', ready: 'role=button[name="Unlock with passkey"]' },
  { name: 'locked', url: '/settings/lock?fake=locked', ready: 'role=textbox[name="Passphrase"]' },
  {
    name: 'locked-wrong',
    prepare: async (page) => {
      await page.getByLabel('Passphrase').fill('snowstorm')
      await press(page, 'Unlock')
    },
    ready: '[role=alert]:visible',
  },
  {
    name: 'locked-recovery-key',
    prepare: (page) => press(page, 'Use the recovery key'),
    ready: 'role=textbox[name="Recovery key"]',
  },
  {
    name: 'settings-lock-on',
    prepare: async (page) => {
      await page.getByLabel('Recovery key').fill('K7QM-2XWD-9FTA-H4ZE-RB6N-3VYC')
      await press(page, 'Unlock')
    },
    ready: 'role=button[name="Lock now"]',
  },
  { name: 'unlock-for-good-dialog', prepare: (page) => press(page, 'Turn off'), ready: DIALOG },
]
