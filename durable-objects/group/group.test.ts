import { describe, expect, it } from 'vitest'
import { LIMITS } from '#protocol/limits.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { Group } from './group.ts'
import { commit, commitOf, messageOf, newDevice, newGroup, randomId } from './testing/groups.ts'

const DAY = 86_400_000

describe('commits', () => {
  it('T-3: of two in one epoch the first wins, and the second is told so and changes nothing', () => {
    const { group, owner } = newGroup()
    const [ann, bob] = [newDevice(), newDevice()]
    const first = commitOf(group, { add: [ann] })
    const second = commitOf(group, { add: [bob] })
    expect(group.commit(owner, first, 1).ok).toBe(true)
    expect(group.commit(owner, second, 1)).toEqual({ ok: false, code: 'epochConflict' })
    expect([group.epoch, group.log.head]).toEqual([1, 1])
    expect([group.members.isMember(ann), group.members.isMember(bob)]).toEqual([true, false])
  })

  it('T-3: the same commit again is answered again; another one under its id is refused', () => {
    const { group, owner } = newGroup()
    const first = commitOf(group, { add: [newDevice()] })
    const answered = group.commit(owner, first, 1)
    commit(group, owner, {})
    const again = group.commit(owner, first, 2)
    expect(again).toEqual({ ok: true, value: { answer: { seq: 1, epoch: 1, at: 1 } } })
    expect(answered).toMatchObject({ value: { answer: { seq: 1, epoch: 1, at: 1 } } })
    const other = commitOf(group, {}, { messageId: first.messageId })
    expect(group.commit(owner, other, 2)).toEqual({ ok: false, code: 'messageIdReused' })
  })

  it('T-4: what a role does not allow is refused, by the roles as they are in storage', () => {
    const { sql, group, owner } = newGroup()
    const [ann, bob] = [newDevice(), newDevice()]
    commit(group, owner, { add: [ann, bob] })
    commit(group, owner, { roles: [{ account: ann.account, role: 'moderator' }] })
    const reopened = new Group(sql)
    expect(reopened.commit(bob, commitOf(reopened, { remove: [ann] }), 1)).toEqual({
      ok: false,
      code: 'roleInsufficient',
    })
    expect(reopened.commit(ann, commitOf(reopened, { remove: [owner] }), 1)).toEqual({
      ok: false,
      code: 'roleInsufficient',
    })
    expect(reopened.commit(ann, commitOf(reopened, { add: [newDevice()] }), 1)).toEqual({
      ok: false,
      code: 'roleInsufficient',
    })
    expect(reopened.commit(ann, commitOf(reopened, { remove: [bob] }), 1).ok).toBe(true)
    expect(reopened.commit(bob, commitOf(reopened, {}), 1)).toEqual({ ok: false, code: 'notMember' })
  })

  it('T-4: a change that does not fit the members is refused', () => {
    const { group, owner } = newGroup()
    const ann = newDevice()
    commit(group, owner, { add: [ann] })
    for (const change of [{ add: [ann] }, { remove: [newDevice()] }, { remove: [owner] }]) {
      expect(group.commit(owner, commitOf(group, change), 1)).toEqual({ ok: false, code: 'changeInvalid' })
    }
    const withoutWelcome = { ...commitOf(group, { add: [newDevice()] }) }
    delete withoutWelcome.welcome
    expect(group.commit(owner, withoutWelcome, 1)).toEqual({ ok: false, code: 'changeInvalid' })
  })

  it('T-4: no more than 1,000 accounts', () => {
    const { group, owner } = newGroup()
    for (let count = 1; count < LIMITS.groupAccounts; count += LIMITS.groupDevicesPerCommit) {
      const room = Math.min(LIMITS.groupDevicesPerCommit, LIMITS.groupAccounts - count)
      commit(group, owner, { add: Array.from({ length: room }, () => newDevice()) })
    }
    expect(group.members.accountCount).toBe(LIMITS.groupAccounts)
    expect(group.commit(owner, commitOf(group, { add: [newDevice()] }), 1)).toEqual({ ok: false, code: 'groupFull' })
    expect(group.commit(owner, commitOf(group, { add: [{ ...owner, device: 2 }] }), 1).ok).toBe(true)
  })
})

describe('messages', () => {
  it('T-6: one of another epoch is stale; T-7: one that is in the log is answered again, also in a later epoch', () => {
    const { group, owner } = newGroup()
    const message = messageOf(group)
    expect(group.check(message)).toBe('new')
    group.append([message], 5)
    commit(group, owner, {})
    expect(group.check(message)).toEqual({ seq: 1, at: 5 })
    expect(group.check({ ...message, body: 'AQ' })).toEqual({ code: 'messageIdReused' })
    expect(group.check(messageOf(group, { epoch: 0 }))).toEqual({ code: 'staleEpoch' })
    expect(group.check(messageOf(group, { epoch: 2 }))).toEqual({ code: 'staleEpoch' })
  })

  it('T-2: seqs have no holes and times never go back, also over a new start of the object', () => {
    const { sql, group, owner } = newGroup()
    group.append([messageOf(group), messageOf(group)], 100)
    const reopened = new Group(sql)
    reopened.append([messageOf(reopened)], 50)
    const page = reopened.page(owner, 0)
    expect(page.ok && page.value.entries.map(({ seq, at }) => [seq, at])).toEqual([
      [1, 100],
      [2, 100],
      [3, 100],
    ])
  })

  it('T-13: what waits for somebody is at most 50,000 entries; then sends and commits fail by name, and retries do not', () => {
    const { group, owner } = newGroup()
    const all = Array.from({ length: RELAY_LIMITS.groupLogEntries }, () => messageOf(group))
    group.append(all, 1)
    expect(group.check(messageOf(group))).toEqual({ code: 'quotaExceeded' })
    expect(group.commit(owner, commitOf(group, { details: true }), 1)).toEqual({ ok: false, code: 'quotaExceeded' })
    expect(group.check(all[0] ?? messageOf(group))).toEqual({ seq: 1, at: 1 })
    group.reported(owner, 1)
    group.fanned(group.log.head)
    group.tidy(2)
    expect(group.check(messageOf(group))).toBe('new')
  })

  it('one message costs one statement: one row', () => {
    const sql = nodeSql()
    const { group } = newGroup(sql)
    const message = messageOf(group)
    const before = sql.statements
    expect(group.check(message)).toBe('new')
    group.append([message], 1)
    expect(sql.statements - before).toBe(1)
  })
})

describe('reading', () => {
  it('T-5, T-9: a new device gets its welcome, reads what follows its commit, and nothing before', () => {
    const { group, owner } = newGroup()
    group.append([messageOf(group)], 1)
    const ann = newDevice()
    const added = commitOf(group, { add: [ann] })
    group.commit(owner, added, 1)
    const later = messageOf(group)
    group.append([later], 1)
    const first = group.page(ann, 0)
    expect(first).toMatchObject({
      ok: true,
      value: {
        epoch: 1,
        head: 3,
        welcome: { seq: 2, epoch: 1, body: added.welcome },
        entries: [{ seq: 3, messageId: later.messageId }],
      },
    })
    const next = group.page(ann, 3)
    expect(next.ok && [next.value.entries, next.value.welcome]).toEqual([[], undefined])
    group.tidy(2)
    expect(group.page(ann, 0)).not.toHaveProperty('value.welcome')
  })

  it('T-9: a removed device reads up to its removal and no further; a stranger reads nothing', () => {
    const { group, owner } = newGroup()
    const ann = newDevice()
    commit(group, owner, { add: [ann] })
    commit(group, owner, { remove: [ann] })
    group.append([messageOf(group)], 1)
    const page = group.page(ann, 1)
    expect(page.ok && [page.value.head, page.value.entries.map(({ seq }) => seq)]).toEqual([2, [2]])
    expect(group.page(newDevice(), 0)).toEqual({ ok: false, code: 'notMember' })
  })

  it('pages end at the limit', () => {
    const { group, owner } = newGroup()
    group.append(
      Array.from({ length: 10 }, () => messageOf(group)),
      1,
    )
    const page = group.page(owner, 2, 3)
    expect(page.ok && page.value.entries.map(({ seq }) => seq)).toEqual([3, 4, 5])
  })

  it('T-13: what everybody has is deleted; what somebody lacks stays for 30 days, and its absence is told', () => {
    const { sql, group, owner } = newGroup()
    const ann = newDevice()
    commit(group, owner, { add: [ann] }, {}, 0)
    group.append([messageOf(group), messageOf(group)], 0)
    group.fanned(3)
    group.page(owner, 3)
    group.page(ann, 2)
    group.tidy(1)
    expect([group.log.firstSeq, group.log.head]).toEqual([3, 3])
    group.tidy(LIMITS.groupEntryTtl)
    expect(group.log.firstSeq).toBe(3)
    group.tidy(LIMITS.groupEntryTtl + 1)
    expect([group.log.firstSeq, group.log.head]).toEqual([4, 3])
    const reopened = new Group(sql)
    expect(reopened.page(ann, 2)).toMatchObject({ value: { entries: [], head: 3, truncatedUpTo: 3 } })
    expect(reopened.page(owner, 3)).not.toHaveProperty('value.truncatedUpTo')
    expect(reopened.append([messageOf(reopened)], DAY)[0]?.seq).toBe(4)
  })

  it('T-14: whoever left reads nothing, may not commit, and may be removed by any member', () => {
    const { group, owner } = newGroup()
    const [ann, bob] = [newDevice(), newDevice()]
    commit(group, owner, { add: [ann, bob] })
    commit(group, owner, { roles: [{ account: ann.account, role: 'admin' }] })
    expect(group.leave(ann).ok).toBe(true)
    expect(group.leave(ann).ok).toBe(true)
    expect(group.page(ann, 0)).toEqual({ ok: false, code: 'notMember' })
    expect(group.commit(ann, commitOf(group, {}), 1)).toEqual({ ok: false, code: 'notMember' })
    expect(group.commit(bob, commitOf(group, { remove: [ann] }), 1).ok).toBe(true)
  })
})

describe('links', () => {
  const link = randomId()

  it('I-2, I-4: every commit brings a box for each link; one that is left out is revoked', () => {
    const { group, owner } = newGroup()
    const guest = newDevice()
    expect(group.openLink(guest, link, 1)).toEqual({ ok: false, code: 'linkInvalid' })
    commit(group, owner, { links: [link] }, { boxes: [{ link, box: 'AQ' }] })
    expect(group.openLink(guest, link, 1)).toMatchObject({ value: { epoch: 1, box: 'AQ' } })
    expect(group.commit(owner, commitOf(group, {}), 1)).toEqual({ ok: false, code: 'changeInvalid' })
    commit(group, owner, {}, { boxes: [{ link, box: 'Ag' }] })
    expect(group.openLink(guest, link, 1)).toMatchObject({ value: { epoch: 2, box: 'Ag' } })
    commit(group, owner, { links: [] })
    expect(group.openLink(guest, link, 1)).toEqual({ ok: false, code: 'linkInvalid' })
  })

  it('I-3, I-5: by a link one device joins as a member, and nothing else changes', () => {
    const { group, owner } = newGroup()
    const guest = newDevice()
    commit(group, owner, { links: [link] }, { boxes: [{ link, box: 'AQ' }] })
    const more = { via: link, boxes: [{ link, box: 'Ag' }] }
    for (const change of [
      { add: [newDevice()] },
      { add: [guest, newDevice()] },
      { add: [guest], roles: [{ account: guest.account, role: 'owner' as const }] },
      { add: [guest], remove: [owner] },
      {},
    ]) {
      expect(group.commit(guest, commitOf(group, change, more), 1)).toEqual({ ok: false, code: 'changeInvalid' })
    }
    commit(group, guest, { add: [guest] }, more)
    expect(group.members.roleOf(guest.account)).toBe('member')
    const page = group.page(guest, 0)
    expect(page.ok && [page.value.entries, page.value.welcome]).toEqual([[], undefined])
  })

  it('I-5: an account that left with two devices, and comes back by one before they were removed, is a member again', () => {
    const { group, owner } = newGroup()
    const ann = newDevice()
    const other = { ...ann, device: 2 }
    commit(group, owner, { add: [ann, other], links: [link] }, { boxes: [{ link, box: 'AQ' }] })
    group.leave(ann)
    commit(group, ann, { add: [ann], remove: [ann] }, { via: link, boxes: [{ link, box: 'Ag' }] })
    expect(group.refuse(ann)).toBeUndefined()
    expect(group.members.hasLeft(ann.account)).toBe(false)
  })

  it('I-6: an offer is for one device, in one epoch, once, and for an hour', () => {
    const { group, owner } = newGroup()
    const ann = newDevice()
    commit(group, owner, { add: [ann] })
    const offer = { epoch: 1, for: ann, link, box: 'AQ' }
    expect(group.offerRejoin(newDevice(), offer, 1)).toEqual({ ok: false, code: 'notMember' })
    expect(group.offerRejoin(owner, { ...offer, for: newDevice() }, 1)).toEqual({ ok: false, code: 'notMember' })
    expect(group.offerRejoin(owner, { ...offer, epoch: 0 }, 1)).toEqual({ ok: false, code: 'epochConflict' })
    expect(group.offerRejoin(owner, offer, 1).ok).toBe(true)
    expect(group.openLink(owner, link, 1)).toEqual({ ok: false, code: 'linkInvalid' })
    expect(group.openLink(ann, link, 2 + RELAY_LIMITS.groupRejoinTtl)).toEqual({ ok: false, code: 'linkInvalid' })
    commit(group, ann, { add: [ann], remove: [ann] }, { via: link })
    expect(group.openLink(ann, link, 1)).toEqual({ ok: false, code: 'linkInvalid' })
    expect(group.members.isMember(ann)).toBe(true)
    expect(group.members.deviceCount).toBe(2)
  })

  it('T-4, I-6: an account whose only device is set up anew keeps its role, also in storage', () => {
    const { sql, group, owner } = newGroup()
    const ann = newDevice()
    commit(group, owner, { add: [ann], roles: [{ account: ann.account, role: 'admin' }] })
    expect(group.offerRejoin(ann, { epoch: 1, for: owner, link, box: 'AQ' }, 1).ok).toBe(true)
    commit(group, owner, { add: [owner], remove: [owner] }, { via: link })
    commit(group, owner, { add: [ann], remove: [ann] })
    const { members } = new Group(sql)
    expect([members.roleOf(owner.account), members.roleOf(ann.account)]).toEqual(['owner', 'admin'])
    // Who was removed and is added again later starts as a member.
    commit(group, owner, { remove: [ann] })
    commit(group, owner, { add: [ann] })
    expect(group.members.roleOf(ann.account)).toBe('member')
  })

  it('an offer cannot take an invite link’s place', () => {
    const { group, owner } = newGroup()
    commit(group, owner, { links: [link] }, { boxes: [{ link, box: 'AQ' }] })
    const offer = { epoch: 1, for: owner, link, box: 'Ag' }
    expect(group.offerRejoin(owner, offer, 1)).toEqual({ ok: false, code: 'linkInvalid' })
  })
})

it('long welcomes are kept whole, over SQLite’s limit for a row', () => {
  const { group, owner } = newGroup()
  const ann = newDevice()
  const welcome = 'AB'.repeat(LIMITS.groupWelcomeBytes / 2)
  commit(group, owner, { add: [ann] }, { welcome })
  expect(group.page(ann, 0)).toMatchObject({ value: { welcome: { body: welcome } } })
})
