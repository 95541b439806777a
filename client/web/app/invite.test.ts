import { expect, it } from 'vitest'
import { inviteOf } from './invite.ts'

const GROUP = 'AAAAAAAAAAAAAAAAAAAAAA'
const SECRET = 'A'.repeat(43)

it('an invite link is a group and a secret of 32 octets', () => {
  expect(inviteOf({ pathname: `/j/${GROUP}`, hash: `#${SECRET}` })).toEqual({ group: GROUP, secret: SECRET })
  expect(inviteOf({ pathname: `/j/${GROUP}/`, hash: `#${SECRET}` })).toEqual({ group: GROUP, secret: SECRET })
})

it('what was cut short, or leads elsewhere, is no invite', () => {
  for (const [pathname, hash] of [
    [`/j/${GROUP}`, ''],
    [`/j/${GROUP}`, `#${SECRET.slice(0, 40)}`],
    [`/j/${GROUP}`, `#${SECRET}A`],
    [`/j/short`, `#${SECRET}`],
    [`/c/${GROUP}`, `#${SECRET}`],
    [`/j/${GROUP}/more`, `#${SECRET}`],
  ] as const)
    expect(inviteOf({ pathname, hash })).toBeUndefined()
})
