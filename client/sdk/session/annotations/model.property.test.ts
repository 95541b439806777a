import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import { type Annotations, type Operation, isPinned, latestWords, merge, operationsOf, reactionsIn } from './model.ts'

const idOf = (number: number): string => toBase64url(utf8(String(number).padStart(16, '0')))
const ACCOUNTS = [idOf(1), idOf(2), idOf(3)]

const revision = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(LIMITS.revisionStep))
const by = fc.constantFrom(...ACCOUNTS)
const emoji = fc.constantFrom('👍', '❤️', '🇩🇪', undefined)

/** Operations with an id for each: two that have the same id are one. */
const operations = (most: number) =>
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fc.record({ kind: fc.constant('reaction'), by, emoji, revision }) },
        { weight: 6, arbitrary: fc.record({ kind: fc.constant('edit'), revision, body: fc.string({ minLength: 1 }) }) },
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('pin'), pinned: fc.boolean(), revision }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), by }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant('hide') }) },
      ),
      { maxLength: most },
    )
    .chain((made) =>
      fc
        .shuffledSubarray(
          made.map((_, at) => at),
          { minLength: made.length },
        )
        .map((ids) => made.map((one, at) => toOperation(one, idOf(ids[at] ?? 0)))),
    )

function toOperation(
  one: {
    readonly kind: string
    readonly by?: string
    readonly emoji?: string | undefined
    readonly revision?: number
    readonly body?: string
    readonly pinned?: boolean
  },
  id: string,
): Operation {
  const { by: account = '', emoji: chosen, revision: number = 1, body = '', pinned = false } = one
  const stamp = { revision: number, id }
  switch (one.kind) {
    case 'reaction':
      return { kind: 'reaction', by: account, emoji: chosen, stamp }
    case 'edit':
      return { kind: 'edit', words: { body }, at: 1, stamp }
    case 'pin':
      return { kind: 'pin', pinned, stamp }
    case 'delete':
      return { kind: 'delete', by: account, id }
    default:
      return { kind: 'hide' }
  }
}

const after = (all: readonly Operation[], before: Annotations = {}): Annotations => all.reduce(merge, before)

describe('what is done to a message', () => {
  it('CT-3: comes to the same in any order, and however often it is heard', () => {
    fc.assert(
      fc.property(
        operations(30).chain((made) =>
          fc.tuple(
            fc.constant(made),
            fc.shuffledSubarray([...made, ...made], { minLength: made.length * 2 }),
            fc.nat({ max: made.length }),
          ),
        ),
        ([made, again, cut]) => {
          const one = after(made)
          expect(after(again)).toEqual(one)
          // What was kept for a message before it came, and what came after it.
          expect(after(made.slice(cut), after(operationsOf(after(made.slice(0, cut)))))).toEqual(one)
          expect(after(operationsOf(one))).toEqual(one)
          expect(after(made, one)).toEqual(one)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('CT-6: is nothing any more once it was deleted, whatever comes later', () => {
    fc.assert(
      fc.property(operations(20), by, (made, who) => {
        const deleted = after([...made.filter(({ kind }) => kind !== 'hide'), { kind: 'delete', by: who, id: idOf(9) }])
        expect(Object.keys(deleted)).toEqual(['deleted'])
        expect(latestWords(deleted)).toBeUndefined()
        expect(reactionsIn(deleted)).toEqual([])
        expect(isPinned(deleted)).toBe(false)
      }),
    )
  })

  it('CT-3: of the same revision, the higher message id counts', () => {
    const edit = (body: string, id: number, at: number): Operation => ({
      kind: 'edit',
      words: { body },
      at: 1,
      stamp: { revision: at, id: idOf(id) },
    })
    expect(latestWords(after([edit('b', 2, 1), edit('a', 1, 1)]))?.body).toBe('b')
    expect(latestWords(after([edit('a', 1, 2), edit('b', 2, 1)]))?.body).toBe('a')
  })

  it('CT-5: keeps the latest words, and not more of them than it may', () => {
    const count = LIMITS.editVersions + 5
    const edits = Array.from({ length: count }, (_, at): Operation => {
      return { kind: 'edit', words: { body: `${at}` }, at: 1, stamp: { revision: at + 1, id: idOf(at) } }
    })
    const { versions } = after(edits.toReversed())
    expect(versions?.map(({ body }) => body)).toEqual(edits.slice(5).map((_, at) => `${at + 5}`))
  })

  it('CT-4: has one emoji of an account, and none once it was taken back', () => {
    const react = (who: string, chosen: string | undefined, at: number): Operation => ({
      kind: 'reaction',
      by: who,
      emoji: chosen,
      stamp: { revision: at, id: idOf(at) },
    })
    const [ada = '', bob = '', cleo = ''] = ACCOUNTS
    const said = after([react(ada, '👍', 1), react(bob, '❤️', 1), react(cleo, '❤️', 1), react(ada, '🎉', 2)])
    expect(reactionsIn(said)).toEqual([
      { emoji: '❤️', accounts: [bob, cleo] },
      { emoji: '🎉', accounts: [ada] },
    ])
    // What was taken back comes late.
    expect(reactionsIn(after([react(ada, undefined, 2), react(ada, '👍', 1)]))).toEqual([])
  })
})
