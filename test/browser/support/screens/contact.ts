import { type Screen, chat, MENU, press, tab } from './screen.ts'

/** Who a conversation is with. */
export const CONTACT: readonly Screen[] = [
  { name: 'contact', url: `${chat('mira')}/contact`, ready: 'text=Verified by you' },
  { name: 'contact-key-changed', url: `${chat('changed')}/contact`, ready: 'role=button[name="Review"]' },
  {
    name: 'contact-trust-witness',
    url: `${chat('mira')}/contact`,
    prepare: async (page) => {
      await press(page, 'Require another witness…')
      await page.getByLabel('Key of the witness').fill('nonsense')
      await press(page, 'Require it')
    },
    ready: 'text=This is not the key of a witness.',
  },
  { name: 'contact-trust-waits', url: `${chat('states')}/contact`, ready: 'text=speaks of another record' },
  { name: 'contact-trust-stopped', url: `${chat('changed')}/contact`, ready: 'text=or of itself, is wrong' },
  { name: 'contact-without-log', url: `${chat('mira')}/contact?noLog`, ready: 'text=keeps no public record' },
  {
    name: 'contact-timer',
    url: `${chat('timer')}/contact`,
    prepare: (page) => page.getByRole('radiogroup', { name: 'How long' }).scrollIntoViewIfNeeded(),
    ready: 'role=radio[name="1 day"]',
  },
  { name: 'contact-mute-menu', url: `${chat('mira')}/contact`, prepare: (page) => press(page, 'Mute'), ready: MENU },
  { name: 'contact-unknown', url: `${chat('stranger')}/contact`, ready: 'text=There is no such conversation' },
  { name: 'safety-number', url: `${chat('mira')}/safety`, ready: 'role=list[name="Safety number"]' },
  { name: 'safety-number-key-changed', url: `${chat('changed')}/safety`, ready: 'role=list[name="Safety number"]' },
  { name: 'safety-scan', prepare: tab('Scan'), ready: 'text=Turn on the camera' },
  {
    name: 'safety-scan-without-camera',
    prepare: (page) => press(page, 'Turn on the camera'),
    ready: 'text=Compare the digits instead',
  },
  {
    name: 'safety-type',
    prepare: async (page) => {
      await tab('Type')(page)
      await page.getByLabel('Their number').fill('10007 82000')
    },
    ready: 'text=50 digits to go',
  },
  {
    name: 'safety-match',
    url: `${chat('states')}/safety`,
    prepare: (page) => press(page, 'They match'),
    ready: 'role=button[name="Mark as verified"]',
  },
  {
    name: 'safety-mismatch',
    url: `${chat('mira')}/safety`,
    prepare: (page) => press(page, 'They differ'),
    ready: 'text=The numbers do not match',
  },
  { name: 'share-nothing', url: '/share', ready: 'text=Nothing to share' },
  {
    name: 'share',
    prepare: (page) =>
      page.evaluate(() => {
        location.hash = '#A%20hut%0Ahttps%3A%2F%2Fhut.example%2F'
      }),
    ready: 'role=list[name="Conversations"] >> role=button',
  },
]
