import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Database } from '#db/client.ts'
import { archiveEnvelopes, deleteArchived } from '#db/queries/envelopes.ts'
import { restoreAll } from './envelopes-suite.ts'
import { envelope, newAccountId } from './samples.ts'

const device = fc.integer({ min: 1, max: 2 })
const seq = fc.integer({ min: 1, max: 8 })
const incarnation = fc.constantFrom('first', 'second')
const key = fc.record({ incarnation, device, seq })

const step = fc.oneof(
  fc.record({ kind: fc.constant('archive' as const), keys: fc.array(key, { minLength: 1, maxLength: 6 }) }),
  fc.record({
    kind: fc.constant('delete' as const),
    incarnation,
    acks: fc.array(fc.record({ device, upTo: fc.integer({ min: 0, max: 8 }), also: fc.array(seq, { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 3,
    }),
  }),
)

/** Batches in any order, repeated and overlapping, between acknowledgements, against a map that does the same. */
export function archivePropertySuite(database: () => Database): void {
  it('the archive holds what was archived and not acknowledged since, whatever is repeated in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.integer({ min: 1, max: 5 }), async (steps, limit) => {
        const account = newAccountId()
        const model = new Map<string, string>()
        for (const [at, each] of steps.entries()) {
          if (each.kind === 'archive') {
            const rows = each.keys.map((k, n) => envelope(account, k.seq, { ...k, body: `body-${at}-${n}` }))
            for (const row of rows) {
              const name = `${row.incarnation} ${row.device} ${row.seq}`
              if (!model.has(name)) model.set(name, row.body)
            }
            await archiveEnvelopes(database(), rows)
            await archiveEnvelopes(database(), rows.toReversed())
          } else {
            let expected = 0
            for (const name of model.keys()) {
              const [life, dev, s] = name.split(' ')
              const covered = each.acks.some(
                (ack) => ack.device === Number(dev) && (Number(s) <= ack.upTo || ack.also.includes(Number(s))),
              )
              if (life === each.incarnation && covered && model.delete(name)) expected += 1
            }
            expect(await deleteArchived(database(), account, each.incarnation, each.acks)).toBe(expected)
            expect(await deleteArchived(database(), account, each.incarnation, each.acks)).toBe(0)
          }
        }
        const restored = await restoreAll(database(), account, limit)
        expect(restored.map((row) => [`${row.incarnation} ${row.device} ${row.seq}`, row.body])).toEqual(
          [...model].toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
      }),
      { numRuns: 40 },
    )
  })
}
