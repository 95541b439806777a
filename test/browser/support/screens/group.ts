import type { Page } from 'playwright-core'
import { type Screen, chat, DIALOG, menuOf, press } from './screen.ts'

const group = (key: string): string => chat(`group-${key}`)
const member = (name: string) => (page: Page) => page.getByRole('button', { name: new RegExp(`^${name}`) }).click()
const choose = (name: string) => (page: Page) => page.getByRole('menuitem', { name }).click()

/** Groups, and what opens over them. */
export const GROUPS: readonly Screen[] = [
  { name: 'group', url: group('crew'), ready: 'text=See you all there.' },
  {
    name: 'group-typing',
    url: `${group('crew')}?typing`,
    ready: 'main header >> text=Mira and Otis are typing…',
  },
  {
    name: 'group-readers',
    url: group('crew'),
    prepare: async (page) => {
      await menuOf(page, '[data-message]:has-text("We meet at 6:40")')
      await choose('Read by…')(page)
    },
    ready: 'role=dialog >> role=listitem',
  },
  { name: 'group-large', url: group('commons'), ready: 'text=Has anybody seen a grey glove?' },
  { name: 'group-screen-owner', url: `${group('crew')}/group`, ready: 'role=heading[name="Members"]' },
  { name: 'group-rename', prepare: (page) => press(page, 'Rename'), ready: DIALOG },
  {
    name: 'group-role',
    url: `${group('crew')}/group`,
    prepare: async (page) => {
      await member('Otis Lindqvist')(page)
      await choose('Make admin')(page)
    },
    ready: DIALOG,
  },
  {
    name: 'group-remove',
    url: `${group('crew')}/group`,
    prepare: async (page) => {
      await member('Otis Lindqvist')(page)
      await choose('Remove from the group')(page)
    },
    ready: DIALOG,
  },
  {
    name: 'group-leave-last-owner',
    url: `${group('crew')}/group`,
    prepare: (page) => press(page, 'Leave group'),
    ready: 'role=dialog >> role=radio',
  },
  {
    name: 'group-link-code',
    url: `${group('crew')}/group`,
    prepare: (page) => press(page, 'Show code'),
    ready: 'role=img[name="QR code of the invite link"]',
  },
  { name: 'group-add-people', url: `${group('crew')}/group/add`, ready: 'role=list[name="People"]' },
  { name: 'group-screen-member', url: `${group('commons')}/group`, ready: 'role=heading[name="Members"]' },
  { name: 'group-screen-left', url: `${group('rowing')}/group`, ready: 'text=You left this group' },
  { name: 'group-new-people', url: '/new/group', ready: 'role=button[name="Go on without others for now"]' },
  {
    name: 'group-new-name',
    prepare: async (page) => {
      await page.getByRole('checkbox', { name: /Mira/ }).check()
      await press(page, 'Next')
    },
    ready: 'role=button[name="Create group"]',
  },
  {
    name: 'group-join',
    url: group('skibus').replace('/c/', '/j/'),
    prepare: (page) => page.evaluate((secret) => void (location.hash = secret), 'E'.repeat(43)),
    ready: 'role=button[name="Join"]',
  },
  { name: 'group-broken', url: group('broken'), ready: 'role=button[name="Start again with the same people"]' },
  {
    name: 'group-explain-broken',
    prepare: (page) => page.getByRole('button', { name: 'What does this mean?' }).last().click(),
    ready: DIALOG,
  },
  { name: 'group-screen-admin-broken', url: `${group('broken')}/group`, ready: 'role=heading[name="Members"]' },
  { name: 'group-start-again', prepare: (page) => press(page, 'Start again with the same people'), ready: DIALOG },
]
