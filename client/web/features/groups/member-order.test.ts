import { expect, it } from 'vitest'
import type { GroupMemberView } from '../../engine/api.ts'
import { membersInOrder } from './member-order.ts'

const member = (account: string, more: Partial<GroupMemberView> = {}): GroupMemberView => ({
  account,
  role: 'member',
  devices: 1,
  isSelf: false,
  hasLeft: false,
  verified: false,
  ...more,
})

it('members stand by role, oneself first, then by name in the order of the language', () => {
  const members = [
    member('nameless'),
    member('zoe', { name: 'Zoe' }),
    member('oede', { name: 'Öde' }),
    member('olaf', { username: 'olaf' }),
    member('self', { name: 'Zz', isSelf: true }),
    member('admin', { name: 'Zzz', role: 'admin' }),
  ]
  const ids = (locale: string) => membersInOrder(members, locale).map(({ account }) => account)
  expect(ids('de')).toEqual(['admin', 'self', 'oede', 'olaf', 'zoe', 'nameless'])
  expect(ids('sv')).toEqual(['admin', 'self', 'olaf', 'zoe', 'oede', 'nameless'])
})
