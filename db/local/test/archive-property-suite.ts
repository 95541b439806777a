import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Database } from '#db/client.ts'
import { archiveEnvelopes, deleteArchived, type ArchiveKey, type DeviceAcknowledgement } from '#db/queries/envelopes.ts'
import { restoreAll } from './envelopes-suite.ts'
import { envelope, newAccountId } from './samples.ts'

type Step =
  | { kind: 'archive'; keys: ArchiveKey[] }
  | { kind: 'acknowledge'; incarnation: string; acks: (DeviceAcknowledgement & { also: number[] })[] }

const device = fc.integer({ min: 1, max: 2 })
const seq = fc.integer({ min: 1, max: 8 })
const life = fc.constantFrom('first', 'second')
const ack = fc.record({ device, upTo: fc.integer({ min: 0, max: 8 }), also: fc.array(seq, { maxLength: 3 }) })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('archive' as const),
    keys: fc.array(fc.record({ incarnation: life, device, seq }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({
    kind: fc.constant('acknowledge' as const),
    incarnation: life,
    acks: fc.array(ack, { minLength: 1, maxLength: 3 }),
  }),
)

const nameOf = (key: ArchiveKey) => `${key.incarnation} ${key.device} ${key.seq}`

/** The archive of one account beside a map that should hold the same. Each step is done twice, as a retry would. */
class Archive {
  readonly account = newAccountId()
  readonly #model = new Map<string, ArchiveKey & { body: string }>()
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Numbers of rows that went: what the archive said, and what it should have said. */
  async take(step: Step, at: number): Promise<{ deleted: number[]; expected: number[] }> {
    if (step.kind === 'acknowledge') return this.#acknowledge(step)
    await this.#archive(step.keys, at)
    return { deleted: [], expected: [] }
  }

  async #archive(keys: readonly ArchiveKey[], at: number): Promise<void> {
    const rows = keys.map((key, n) => envelope(this.account, key.seq, { ...key, body: `body-${at}-${n}` }))
    for (const row of rows) if (!this.#model.has(nameOf(row))) this.#model.set(nameOf(row), row)
    await archiveEnvelopes(this.#db, rows)
    await archiveEnvelopes(this.#db, rows.toReversed())
  }

  async #acknowledge({ incarnation, acks }: Step & { kind: 'acknowledge' }) {
    const covered = [...this.#model.values()].filter(
      (row) =>
        row.incarnation === incarnation &&
        acks.some((each) => each.device === row.device && (row.seq <= each.upTo || each.also.includes(row.seq))),
    )
    for (const row of covered) this.#model.delete(nameOf(row))
    const deleted = [
      await deleteArchived(this.#db, this.account, incarnation, acks),
      await deleteArchived(this.#db, this.account, incarnation, acks),
    ]
    return { deleted, expected: [covered.length, 0] }
  }

  expected(): [string, string][] {
    const rows = [...this.#model].map(([name, { body }]): [string, string] => [name, body])
    return rows.toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** Batches in any order, repeated and overlapping, between acknowledgements. */
export function archivePropertySuite(database: () => Database): void {
  it('the archive holds what was archived and not acknowledged since, whatever is repeated in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 10 }), fc.integer({ min: 1, max: 5 }), async (steps, limit) => {
        const archive = new Archive(database())
        for (const [at, each] of steps.entries()) {
          const { deleted, expected } = await archive.take(each, at)
          expect(deleted).toEqual(expected)
        }
        const restored = await restoreAll(database(), archive.account, limit)
        expect(restored.map((row) => [nameOf(row), row.body])).toEqual(archive.expected())
      }),
      { numRuns: 40 },
    )
  })
}
