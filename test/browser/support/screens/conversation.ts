import { type Screen, chat, composer, DIALOG, MENU, menuOf, MESSAGE, press } from './screen.ts'

/** One conversation and what opens over it. */
export const CONVERSATIONS: readonly Screen[] = [
  { name: 'conversation', url: chat('mira'), ready: 'text=2 new messages' },
  { name: 'emoji-picker', prepare: (page) => press(page, 'Emoji'), ready: '[frimousse-emoji]:visible' },
  {
    name: 'emoji-picker-nothing',
    prepare: (page) => page.getByLabel('Search emoji').fill('qqq'),
    ready: 'text=No emoji found.',
  },
  {
    name: 'conversation-menu',
    url: chat('mira'),
    prepare: (page) => press(page, 'More about this conversation'),
    ready: MENU,
  },
  { name: 'shortcut-sheet', url: chat('mira'), prepare: (page) => page.keyboard.press('Control+/'), ready: DIALOG },
  { name: 'conversation-states', url: chat('states'), ready: 'text=This one failed.' },
  {
    name: 'message-menu',
    prepare: (page) => menuOf(page, '[data-message]:has-text("This one failed.")'),
    ready: MENU,
  },
  { name: 'message-marks', url: chat('marks'), ready: 'text=Pinned message 1 of 2' },
  {
    name: 'message-menu-of-marked',
    prepare: (page) => menuOf(page, '[data-message]:has-text("We meet at 6:40")'),
    ready: MENU,
  },
  {
    name: 'message-versions',
    prepare: (page) => page.getByRole('menuitem', { name: 'Edit history…' }).click(),
    ready: 'role=dialog >> role=listitem',
  },
  {
    name: 'message-forward',
    url: chat('marks'),
    prepare: async (page) => {
      await menuOf(page, '[data-message]:has-text("We meet at 6:40")')
      await page.getByRole('menuitem', { name: 'Forward…' }).click()
      await page.getByRole('checkbox', { name: /Mira/ }).check()
    },
    ready: 'role=button[name="Forward to 1 conversation"]',
  },
  {
    name: 'message-delete',
    url: chat('marks'),
    prepare: async (page) => {
      await menuOf(page, '[data-message]:has-text("We meet at 6:40")')
      await page.getByRole('menuitem', { name: 'Delete…' }).click()
    },
    ready: 'role=button[name="Delete for everyone"]',
  },
  {
    name: 'message-reactions',
    url: chat('marks'),
    prepare: async (page) => {
      await page.locator('[data-message]', { hasText: 'The hut is booked' }).first().click({ button: 'right' })
      await page.getByRole('menuitem', { name: 'Who reacted…' }).click()
    },
    ready: 'role=dialog >> role=listitem',
  },
  {
    name: 'composer-answer',
    url: chat('marks'),
    prepare: async (page) => {
      await menuOf(page, '[data-message]:has-text("Road to the valley")')
      await page.getByRole('menuitem', { name: 'Reply' }).click()
    },
    ready: 'role=button[name="Do not answer"]',
  },
  {
    name: 'composer-edit',
    url: chat('marks'),
    prepare: async (page) => {
      await composer(page).focus()
      await page.keyboard.press('ArrowUp')
    },
    ready: 'role=button[name="Do not edit"]',
  },
  { name: 'conversation-undecryptable', url: chat('undecryptable'), ready: 'text=Messages may be missing here.' },
  {
    name: 'explain-undecryptable',
    prepare: (page) => page.getByRole('button', { name: 'What does this mean?' }).first().click(),
    ready: DIALOG,
  },
  {
    name: 'explain-gap',
    url: chat('undecryptable'),
    prepare: (page) => page.getByRole('button', { name: 'What does this mean?' }).last().click(),
    ready: DIALOG,
  },
  { name: 'conversation-key-changed', url: chat('changed'), ready: 'text=Nothing is sent for now' },
  { name: 'key-change-dialog', prepare: (page) => press(page, 'Decide…'), ready: DIALOG },
  { name: 'conversation-long-text', url: chat('accepted'), ready: 'role=button[name="Show more"]' },
  { name: 'conversation-right-to-left', url: chat('rtl'), ready: MESSAGE },
  { name: 'conversation-shared-history', url: chat('group-orchard'), ready: 'text=Shared by' },
  { name: 'conversation-emoji', url: chat('emoji'), ready: MESSAGE },
  { name: 'conversation-hostile', url: chat('hostile'), ready: MESSAGE },
  {
    name: 'conversation-without-messages',
    url: chat('nameless'),
    ready: 'text=Messages here are end-to-end encrypted',
  },
  {
    name: 'tooltip',
    prepare: async (page) => {
      await composer(page).focus()
      await page.keyboard.press('Shift+Tab')
    },
    ready: 'role=tooltip',
  },
  {
    name: 'composer-formatting',
    prepare: async (page) => {
      await press(page, 'Formatting')
      await composer(page).fill('The lamp is packed')
      await composer(page).press('ControlOrMeta+a')
      await composer(page).press('ControlOrMeta+b')
    },
    ready: 'role=toolbar',
  },
  {
    name: 'composer-emoji-names',
    url: chat('mira'),
    prepare: (page) => composer(page).fill('See you there :snow'),
    ready: 'role=listbox[name="Emoji"]',
  },
  {
    name: 'composer-too-long',
    url: chat('unnamed'),
    prepare: (page) => composer(page).fill('All the words there are. '.repeat(1_000)),
    ready: 'text=Too long for one message',
  },
  { name: 'conversation-disappearing', url: chat('group-timer'), ready: 'text=And the boat house?' },
  { name: 'conversation-timer', url: chat('timer'), ready: 'text=new ones go after 1 day' },
  {
    name: 'group-rules',
    url: `${chat('group-timer')}/group`,
    prepare: (page) => page.getByRole('radiogroup', { name: 'Disappearing' }).scrollIntoViewIfNeeded(),
    ready: 'role=radio[name="4 weeks"]',
  },
  { name: 'conversation-files', url: chat('files'), ready: 'role=button[name="Cancel"]' },
  {
    name: 'composer-files',
    prepare: (page) =>
      page.locator('form input[type=file]').setInputFiles([
        { name: 'a name that is long enough.txt', mimeType: 'text/plain', buffer: Buffer.from('words') },
        { name: 'b.zip', mimeType: 'application/zip', buffer: Buffer.alloc(70_000) },
      ]),
    ready: 'role=list[name="Files to send"]',
  },
  {
    name: 'files-quotes',
    url: chat('files'),
    prepare: (page) => page.locator('[data-message]', { hasText: 'Read it' }).scrollIntoViewIfNeeded(),
    ready: 'text=What a morning',
  },
  {
    name: 'files-answer',
    url: chat('files'),
    prepare: async (page) => {
      await menuOf(page, '[data-message]:has-text("Which of the three?")')
      await page.getByRole('menuitem', { name: 'Reply' }).click()
    },
    ready: 'role=button[name="Do not answer"]',
  },
  {
    name: 'files-found',
    url: chat('files'),
    prepare: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Conversations and messages' }).fill('r has:file')
    },
    ready: '[role=option] >> text=gone.zip',
  },
  {
    name: 'files-forward',
    url: chat('files'),
    prepare: async (page) => {
      await menuOf(page, '[data-message]:has-text("Which of the three?")')
      await page.getByRole('menuitem', { name: 'Forward…' }).click()
      await page.getByRole('checkbox', { name: /Mira/ }).check()
    },
    ready: 'role=button[name="Forward to 1 conversation"]',
  },
  {
    name: 'lightbox',
    url: chat('files'),
    prepare: (page) => page.getByRole('button', { name: 'A ridge with snow: open' }).click(),
    ready: 'role=dialog >> role=img[name="A ridge with snow"]',
  },
  { name: 'conversation-unread-far-up', url: chat('endless'), ready: 'role=button[name=/new messages/]' },
  { name: 'conversation-unknown', url: chat('stranger'), ready: 'text=There is no such conversation here' },
]
