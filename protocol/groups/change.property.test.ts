import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GroupChange, NO_CHANGE, checkChange } from './change.ts'
import { GROUP_ROLES, type GroupRole, rankOf } from './roles.ts'
import { TestMembers } from './testing/members.ts'

const START = { olga: 'owner', adam: 'admin', ada: 'admin', mona: 'moderator', max: 'member', mia: 'member' } as const
const ACCOUNTS = [...Object.keys(START), 'stan', 'sue']

const account = fc.constantFrom(...ACCOUNTS)
const role = fc.constantFrom<GroupRole>(...GROUP_ROLES)
const address = fc.record({ account, device: fc.integer({ min: 1, max: 2 }) })
const given = fc.record({ account, role })

/** Mostly one thing, so that many are accepted; sometimes everything at once. */
const parts: fc.Arbitrary<Partial<GroupChange>> = fc.oneof(
  address.map((one) => ({ add: [one] })),
  address.map((one) => ({ remove: [one] })),
  address.map((one) => ({ remove: [one], add: [one] })),
  given.map((one) => ({ roles: [one] })),
  role.map((add) => ({ policy: { add } })),
  fc.constant({ details: true }),
  fc.record({ add: fc.array(address), remove: fc.array(address), roles: fc.array(given) }),
  fc.tuple(address, given).map(([one, other]) => ({ add: [one], roles: [other] })),
  fc.tuple(address, given).map(([one, other]) => ({ remove: [one], roles: [other] })),
)
const anyChange = parts.map((more): GroupChange => Object.assign({}, NO_CHANGE, more))

interface Step {
  readonly actor: string
  readonly change: GroupChange
}

const steps = (actor: fc.Arbitrary<string>): fc.Arbitrary<Step[]> =>
  fc.array(fc.record({ actor, change: anyChange }), { minLength: 20, maxLength: 60 })

/** Puts those changes in force that the rules accept; `look` is called around each. */
function run(all: readonly Step[], look: (members: TestMembers, step: Step, apply: () => void) => void): number {
  const members = new TestMembers(START)
  let accepted = 0
  for (const step of all) {
    if (checkChange(members, step.actor, step.change) !== undefined) continue
    accepted += 1
    look(members, step, () => members.apply(step.change))
  }
  return accepted
}

const ranks = (members: TestMembers): Map<string, number> =>
  new Map(members.accounts.map((name) => [name, rankOf(members.roleOf(name) ?? 'member')]))

describe('whatever the rules accept', () => {
  it('T-4: by others than owners never takes an owner’s role or devices, nor makes one', () => {
    let accepted = 0
    fc.assert(
      fc.property(steps(account.filter((name) => name !== 'olga')), (all) => {
        accepted += run(all, (members, _, apply) => {
          apply()
          expect(members.roleOf('olga')).toBe('owner')
          expect(members.hasDevice('olga', 1)).toBe(true)
          expect(members.accounts.filter((name) => members.roleOf(name) === 'owner')).toEqual(['olga'])
        })
      }),
      { numRuns: 1_000 },
    )
    expect(accepted).toBeGreaterThan(1_000)
  })

  it('T-4: raises nobody to or above the rank of who did it, lowers nobody at or above it, unless an owner did', () => {
    let moved = 0
    fc.assert(
      fc.property(steps(account), (all) => {
        run(all, (members, { actor, change }, apply) => {
          const before = ranks(members)
          const own = before.get(actor) ?? -1
          apply()
          if (own === rankOf('owner')) return
          const after = ranks(members)
          for (const name of new Set([...before.keys(), ...after.keys()])) {
            if (name === actor) {
              expect(after.get(name) ?? 0).toBeLessThanOrEqual(own)
              continue
            }
            const [was = 0, is = 0] = [before.get(name), after.get(name)]
            if (was !== is) moved += 1
            if (is > was) expect(is).toBeLessThan(own)
            if (is < was) expect(was).toBeLessThan(own)
          }
          if (own < rankOf('admin')) expect([change.policy, change.details]).toEqual([undefined, false])
        })
      }),
      { numRuns: 1_000 },
    )
    expect(moved).toBeGreaterThan(100)
  })
})
