/** Whatever members do, in whatever order: they end with the same group, and have read the same. */

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GROUP_ROLES } from '#protocol/groups/roles.ts'
import { World } from './testing/world.ts'

const number = fc.nat({ max: 97 })

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('say' as const), actor: number }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('read' as const), actor: number }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      actor: number,
      devices: fc.array(number, { maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      actor: number,
      devices: fc.array(number, { minLength: 1, maxLength: 3 }),
      addAlso: fc.option(number, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('role' as const),
      actor: number,
      target: number,
      role: fc.constantFrom(...GROUP_ROLES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rename' as const), actor: number, target: number }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('race' as const), actor: number, target: number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), actor: number, target: number }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rejoin' as const), actor: number, target: number }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

async function run(world: World, done: Step): Promise<void> {
  const actor = world.actor(done.actor)
  await world.read(actor)
  if (!world.isIn(actor)) return
  switch (done.kind) {
    case 'say':
      return world.say(actor)
    case 'read':
      return world.read(actor)
    case 'add':
      return world.add(actor, [...new Set(done.devices.map((at) => world.device(at)))])
    case 'remove': {
      const targets = [...new Set(done.devices.map((at) => world.actor(at)))].filter((target) => target !== actor)
      return world.change(actor, {
        remove: targets.map(({ device }) => device.address),
        // Removing and changing the context in one commit: what the library cannot do by itself.
        ...(done.addAlso === undefined ? {} : { name: `renamed ${done.addAlso}` }),
      })
    }
    case 'role': {
      const { account } = world.actor(done.target).device.address
      return world.change(actor, { roles: [{ account, role: done.role }] })
    }
    case 'rename':
      return world.change(actor, { name: `group ${done.target}`, timer: done.target === 0 ? null : done.target })
    case 'race':
      return world.change(actor, {}, { actor: world.actor(done.target), intent: { slowMode: done.target + 1 } })
    case 'link':
      return world.joinByLink(actor, world.device(done.target))
    case 'rejoin':
      return world.rejoin(actor, world.actor(done.target))
  }
}

it.each([
  { suite: 1 as const, runs: 12, steps: 24 },
  { suite: 83 as const, runs: 2, steps: 16 },
])(
  'all members of a group of suite $suite converge on keys, members and details, and read the same messages',
  async ({ suite, runs, steps }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: steps, size: 'max' }), async (sequence) => {
        const world = await World.begin(suite, 5)
        // An owner with admins: most of what follows is allowed.
        await world.add(world.actor(0), world.devices.slice(1, 5))
        for (const done of sequence) await run(world, done)
        expect(await world.agreement()).toHaveProperty('size', 1)
        for (const [member, heard] of world.heard) expect(heard).toEqual(world.expected(member))
      }),
      { numRuns: runs, ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }) },
    )
  },
  240_000,
)
