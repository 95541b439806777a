import { expect, it } from 'vitest'
import { invitationOf } from './invitation.ts'

it('links to persons and groups say what they are, with a username only where it is one', () => {
  expect(invitationOf('/u/Ada.Frost')).toEqual({ to: 'person', username: 'ada.frost' })
  expect(invitationOf('/a/AAAAAAAAAAAAAAAAAAAAAA')).toEqual({ to: 'person' })
  expect(invitationOf('/j/AAAAAAAAAAAAAAAAAAAAAA/')).toEqual({ to: 'group' })
})

it('other addresses, and names that nobody can have, are no invitations', () => {
  for (const path of ['/', '/u/', '/u', '/settings', '/u/ada/more', '/u/%E2%80%AEada', '/u/<b>', '/c/AAAA']) {
    expect(invitationOf(path)).toBeUndefined()
  }
})
