import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { fromUtf8 } from '../bytes.ts'
import { LIMITS } from '../limits.ts'
import { GroupChange, NO_CHANGE, changeOctets, checkChange } from './change.ts'
import { GROUP_ROLES, type GroupRole, rankOf } from './roles.ts'
import { TestMembers } from './testing/members.ts'

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const LINK = 'AQEBAQEBAQEBAQEBAQEBAQ'

const at = (account: string, device = 1) => ({ account, device })
const change = (more: Partial<GroupChange>): GroupChange => ({ ...NO_CHANGE, ...more })

/** The actor with a role, somebody of each role, and one who has left. */
function group(role: GroupRole, add: GroupRole = 'admin'): TestMembers {
  const members = new TestMembers(
    { actor: role, gone: 'member', member: 'member', moderator: 'moderator', admin: 'admin', owner: 'owner' },
    { add },
  )
  members.leave('gone')
  return members
}

type Case = readonly [what: string, more: Partial<GroupChange>, may: readonly GroupRole[]]

const EVERYBODY = GROUP_ROLES
const NOBODY: readonly GroupRole[] = []

const CASES: readonly Case[] = [
  ['change nothing, which renews the keys', {}, EVERYBODY],
  ['add an own device', { add: [at('actor', 2)] }, EVERYBODY],
  ['remove an own device', { remove: [at('actor')] }, EVERYBODY],
  ['set an own device up anew', { remove: [at('actor')], add: [at('actor')] }, EVERYBODY],
  ['add an account', { add: [at('stranger')] }, ['admin', 'owner']],
  ['add another member’s further device', { add: [at('member', 2)] }, ['admin', 'owner']],
  ['add an own device with an account', { add: [at('actor', 2), at('stranger')] }, ['admin', 'owner']],
  ['remove who has left', { remove: [at('gone')] }, EVERYBODY],
  ['remove a member', { remove: [at('member')] }, ['moderator', 'admin', 'owner']],
  ['remove a moderator', { remove: [at('moderator')] }, ['admin', 'owner']],
  ['remove an admin', { remove: [at('admin')] }, ['owner']],
  ['remove an owner', { remove: [at('owner')] }, NOBODY],
  ['remove a member with an admin', { remove: [at('member'), at('admin')] }, ['owner']],
  ['set a member’s device up anew', { remove: [at('member')], add: [at('member')] }, ['admin', 'owner']],
  ['make a member a moderator', { roles: [{ account: 'member', role: 'moderator' }] }, ['admin', 'owner']],
  ['make a member an admin', { roles: [{ account: 'member', role: 'admin' }] }, ['owner']],
  ['make a member an owner', { roles: [{ account: 'member', role: 'owner' }] }, ['owner']],
  ['make a moderator a member', { roles: [{ account: 'moderator', role: 'member' }] }, ['admin', 'owner']],
  ['make an admin a member', { roles: [{ account: 'admin', role: 'member' }] }, ['owner']],
  ['make another owner a member', { roles: [{ account: 'owner', role: 'member' }] }, ['owner']],
  [
    'add an account as moderator',
    { add: [at('stranger')], roles: [{ account: 'stranger', role: 'moderator' }] },
    ['admin', 'owner'],
  ],
  ['add an account as admin', { add: [at('stranger')], roles: [{ account: 'stranger', role: 'admin' }] }, ['owner']],
  ['change the policy', { policy: { add: 'member' } }, ['admin', 'owner']],
  ['make or revoke links', { links: [LINK] }, ['admin', 'owner']],
  ['revoke all links', { links: [] }, ['admin', 'owner']],
  ['change details', { details: true }, ['admin', 'owner']],
]

describe('who may do what', () => {
  it.each(CASES)('T-4: %s', (_, more, may) => {
    const allowed = GROUP_ROLES.filter((role) => {
      const code = checkChange(group(role), 'actor', change(more))
      expect([undefined, 'roleInsufficient']).toContain(code)
      return code === undefined
    })
    expect(allowed).toEqual(may)
  })

  it.each(GROUP_ROLES)('T-4: whose own role is %s may step down from it, and not up nor stay by saying so', (role) => {
    for (const next of GROUP_ROLES) {
      const code = checkChange(group(role), 'actor', change({ roles: [{ account: 'actor', role: next }] }))
      expect(code).toBe(rankOf(next) < rankOf(role) ? undefined : 'roleInsufficient')
    }
  })

  it.each(GROUP_ROLES)('T-4: when the policy lets a %s add, that role and those above may', (least) => {
    for (const more of [{ add: [at('stranger')] }, { add: [at('member', 2)] }]) {
      const allowed = GROUP_ROLES.filter((role) => checkChange(group(role, least), 'actor', change(more)) === undefined)
      expect(allowed).toEqual(GROUP_ROLES.slice(rankOf(least)))
    }
  })

  it('T-4: who is no member may change nothing', () => {
    expect(checkChange(group('owner'), 'stranger', NO_CHANGE)).toBe('notMember')
    expect(checkChange(group('owner'), 'stranger', change({ add: [at('stranger')] }))).toBe('notMember')
  })

  it('T-4: a change of which one part is not allowed is refused whole', () => {
    const parts = { add: [at('stranger')], remove: [at('admin')] }
    expect(checkChange(group('admin'), 'actor', change(parts))).toBe('roleInsufficient')
    expect(checkChange(group('admin'), 'actor', change({ ...parts, details: true }))).toBe('roleInsufficient')
  })
})

describe('what fits the members', () => {
  it.each<readonly [string, Partial<GroupChange>]>([
    ['adds a device twice', { add: [at('stranger'), at('stranger')] }],
    ['removes a device twice', { remove: [at('member'), at('member')] }],
    ['adds a device that is there', { add: [at('member')] }],
    ['removes a device that is not', { remove: [at('member', 2)] }],
    ['removes a device of who is no member', { remove: [at('stranger')] }],
    ['removes what it adds, and was not there', { add: [at('member', 2)], remove: [at('member', 2)] }],
    [
      'gives a role twice',
      {
        roles: [
          { account: 'member', role: 'admin' },
          { account: 'member', role: 'member' },
        ],
      },
    ],
    ['gives a role to who is no member', { roles: [{ account: 'stranger', role: 'moderator' }] }],
  ])('T-4: a change that %s is invalid, whoever makes it', (_, more) => {
    for (const role of GROUP_ROLES) expect(checkChange(group(role), 'actor', change(more))).toBe('changeInvalid')
  })

  it('T-4: devices of two accounts with one number are two', () => {
    const add = [at('member', 2), at('moderator', 2)]
    expect(checkChange(group('owner'), 'actor', change({ add }))).toBeUndefined()
  })
})

describe('what a commit authenticates of a change', () => {
  it('U-4: is one text for one change, with its fields in one order', () => {
    const octets = changeOctets({
      details: true,
      links: [LINK],
      policy: { add: 'moderator' },
      roles: [{ role: 'admin', account: ID }],
      remove: [{ device: 3, account: ID }],
      add: [{ device: 2, account: ID }],
    })
    expect(fromUtf8(octets)).toBe(`[[["${ID}",2]],[["${ID}",3]],[["${ID}","admin"]],["moderator"],["${LINK}"],true]`)
    expect(fromUtf8(changeOctets(NO_CHANGE))).toBe('[[],[],[],null,null,false]')
  })

  it('U-4: is another one for each other change', () => {
    const changes = [
      ...CASES.map(([, more]) => more),
      { remove: [at('actor', 2)] },
      { add: [at('actor', 3)] },
      { policy: { add: 'owner' } as const },
      { links: [LINK, ID] },
      { links: [ID, LINK] },
    ]
    expect(new Set(changes.map((more) => fromUtf8(changeOctets(change(more))))).size).toBe(changes.length)
  })
})

describe('what a change is', () => {
  const address = { account: ID, device: 1 }
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ account: ID, device: index + 1 }))

  it('comes out as it went in', () => {
    const value = change({
      add: [address],
      remove: [address],
      roles: [{ account: ID, role: 'owner' }],
      policy: { add: 'member' },
      links: [LINK],
      details: true,
    })
    expect(v.parse(GroupChange, value)).toEqual(value)
    expect(v.parse(GroupChange, NO_CHANGE)).toEqual(NO_CHANGE)
  })

  it('U-4: has no field that the commit would not authenticate', () => {
    expect(v.is(GroupChange, { ...NO_CHANGE, more: 1 })).toBe(false)
    expect(v.is(GroupChange, change({ policy: { add: 'admin', more: 1 } as never }))).toBe(false)
    expect(v.is(GroupChange, change({ add: [{ ...address, more: 1 } as never] }))).toBe(false)
  })

  it('has at most as many devices, and links, as a commit may have', () => {
    expect(v.is(GroupChange, change({ add: many(LIMITS.groupDevicesPerCommit) }))).toBe(true)
    expect(v.is(GroupChange, change({ add: many(LIMITS.groupDevicesPerCommit + 1) }))).toBe(false)
    expect(v.is(GroupChange, change({ remove: many(LIMITS.groupDevicesPerCommit + 1) }))).toBe(false)
    expect(v.is(GroupChange, change({ links: Array.from({ length: LIMITS.groupLinks + 1 }, () => LINK) }))).toBe(false)
  })

  it('names roles that there are only', () => {
    expect(v.is(GroupChange, change({ roles: [{ account: ID, role: 'toString' as GroupRole }] }))).toBe(false)
    expect(v.is(GroupChange, change({ policy: { add: 'nobody' as GroupRole } }))).toBe(false)
  })
})
