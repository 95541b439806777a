import { type Screen, chat, composer, MENU, menuOf, MESSAGE, press } from './screen.ts'

/** Offline, empty, removed from the account. */
export const UNUSUAL: readonly Screen[] = [
  { name: 'list-empty', url: '/?empty', ready: 'text=No conversations yet' },
  { name: 'list-offline', url: '/?offline', ready: 'text=You are offline' },
  { name: 'list-key-log-alarm', url: '/?alarm=checkpointForked', ready: 'text=Messages are held back' },
  {
    name: 'key-log-go-on',
    prepare: (page) => page.getByRole('button', { name: 'Go on all the same…' }).click(),
    ready: 'role=dialog',
  },
  { name: 'list-new-device', url: '/?newDevice', ready: 'text=A device was added to your account' },
  { name: 'list-unproven', url: '/?alarm=waits', ready: 'text=Some messages wait for a proof' },
  {
    name: 'conversation-offline',
    url: `${chat('mira')}?offline`,
    prepare: (page) => composer(page).fill('Shall I bring the lamp?'),
    ready: 'text=This will be sent when the connection is back.',
  },
  { name: 'list-revoked', url: '/?fake=revoked', ready: '[data-conversation]' },
  { name: 'conversation-revoked', url: `${chat('mira')}?fake=revoked`, ready: MESSAGE },
]

/** The list of conversations and what leads into it. */
export const LIST: readonly Screen[] = [
  { name: 'list', url: '/', ready: '[data-conversation]' },
  { name: 'list-menu', prepare: (page) => menuOf(page, '[data-conversation]'), ready: MENU },
  {
    name: 'search',
    url: '/',
    prepare: async (page) => {
      await press(page, 'Search messages')
      await page.getByRole('combobox', { name: 'Conversations and messages' }).fill('bridge')
    },
    ready: 'role=option >> mark',
  },
  {
    name: 'search-nothing',
    prepare: (page) => page.getByRole('combobox', { name: 'Conversations and messages' }).fill('from:nobody glacier'),
    ready: 'text=No message has that.',
  },
  {
    name: 'list-search',
    url: '/',
    prepare: (page) => page.getByLabel('Search conversations').fill('o'),
    ready: 'role=button[name="Clear the search"]',
  },
  {
    name: 'list-search-nobody',
    prepare: (page) => page.getByLabel('Search conversations').fill('xyz'),
    ready: 'text=Nobody found',
  },
  {
    name: 'list-archived',
    url: '/',
    prepare: (page) => page.getByRole('button', { name: 'Archived' }).click(),
    ready: 'role=list[name="Archived conversations"]',
  },
  { name: 'new-conversation', url: '/new', ready: 'text=Or let them find you' },
  {
    name: 'new-conversation-own-code',
    prepare: (page) => press(page, 'Show code'),
    ready: 'role=img[name="QR code of your link"]',
  },
  {
    name: 'new-conversation-problem',
    prepare: async (page) => {
      await page.getByLabel('Username or link').fill('nobody')
      await press(page, 'Open conversation')
    },
    ready: '[role=alert]:visible',
  },
  { name: 'link-to-nobody', url: '/u/nobody', ready: 'text=No account belongs to' },
  { name: 'not-found', url: '/nowhere', ready: 'text=There is nothing here' },
]
