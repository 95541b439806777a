import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GROUP_ROLES, type GroupRole, rankOf } from '#protocol/groups/roles.ts'
import type { GroupMemberView } from '../../engine/api.ts'
import { type Ruled, isLastOwner, mayAdd, mayManage, offersFor } from './offers.ts'

const SELF = 'self'

function person(account: string, role: GroupRole, more: Partial<GroupMemberView> = {}): GroupMemberView {
  return { account, role, devices: 1, isSelf: account === SELF, verified: false, hasLeft: false, ...more }
}

function groupOf(own: GroupRole, others: readonly GroupMemberView[] = [], more: Partial<Ruled> = {}): Ruled {
  return { list: [person(SELF, own), ...others], policy: { add: 'admin' }, stage: 'joined', ...more }
}

describe('what a role is offered', () => {
  it('adds people from the policy’s role up', () => {
    for (const add of GROUP_ROLES)
      for (const own of GROUP_ROLES) {
        expect(mayAdd(groupOf(own, [], { policy: { add } }))).toBe(rankOf(own) >= rankOf(add))
      }
  })

  it('changes name, policy and links from admin up', () => {
    expect(GROUP_ROLES.filter((own) => mayManage(groupOf(own)))).toEqual(['admin', 'owner'])
  })

  it('removes whom it outranks from moderator up, and anybody who has left', () => {
    const removable = (own: GroupRole) =>
      GROUP_ROLES.filter((role) => {
        const other = person('other', role)
        return offersFor(groupOf(own, [other]), other).remove
      })
    expect(GROUP_ROLES.map(removable)).toEqual([
      [],
      ['member'],
      ['member', 'moderator'],
      ['member', 'moderator', 'admin'],
    ])
    const gone = person('other', 'owner', { hasLeft: true })
    expect(offersFor(groupOf('member', [gone]), gone).remove).toBe(true)
  })

  it('gives roles below its own from admin up, and an owner gives any', () => {
    const given = (own: GroupRole) => {
      const other = person('other', 'member')
      return offersFor(groupOf(own, [other]), other).roles
    }
    expect(GROUP_ROLES.map(given)).toEqual([[], [], ['moderator'], ['moderator', 'admin', 'owner']])
  })

  it('steps down by itself, but not as the last owner of others', () => {
    const self = person(SELF, 'owner')
    expect(offersFor(groupOf('owner', [person('other', 'admin')]), self).roles).toEqual([])
    expect(offersFor(groupOf('owner', [person('other', 'owner')]), self).roles).toEqual([
      'member',
      'moderator',
      'admin',
    ])
    expect(offersFor(groupOf('admin'), person(SELF, 'admin')).roles).toEqual(['member', 'moderator'])
  })

  it('asks the last owner for another one only while others are there', () => {
    expect(isLastOwner(groupOf('owner'))).toBe(false)
    expect(isLastOwner(groupOf('owner', [person('other', 'member')]))).toBe(true)
    expect(isLastOwner(groupOf('owner', [person('other', 'member', { hasLeft: true })]))).toBe(false)
    expect(isLastOwner(groupOf('owner', [person('other', 'owner')]))).toBe(false)
    expect(isLastOwner(groupOf('admin', [person('other', 'owner')]))).toBe(false)
  })

  it('is nothing at all outside of the group', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('joining', 'rejoining', 'left', 'removed', 'broken'),
        fc.constantFrom(...GROUP_ROLES),
        fc.constantFrom(...GROUP_ROLES),
        (stage, own, role) => {
          const other = person('other', role, { hasLeft: true })
          const group = groupOf(own, [other], { stage })
          expect([mayAdd(group), mayManage(group), offersFor(group, other)]).toEqual([
            false,
            false,
            { roles: [], remove: false },
          ])
        },
      ),
    )
  })
})
