import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GroupMemberView } from '../../engine/api.ts'
import { mentionCandidates, mentionQueryAt, mentionText, mentionsAfterEdit, trimmedMentions } from './mention-ranges.ts'
import { editBetween } from './style-ranges.ts'

const mira = (start: number) => ({ start, length: 5, account: 'mira' })
const queryIn = (text: string, mentions = [] as ReturnType<typeof mira>[]) =>
  mentionQueryAt(text, text.length, mentions)

function person(name: string, more: Partial<GroupMemberView> = {}): GroupMemberView {
  const username = name.toLowerCase().replaceAll(' ', '.')
  return {
    account: name,
    name,
    username,
    role: 'member',
    devices: 1,
    isSelf: false,
    verified: false,
    hasLeft: false,
    ...more,
  }
}

describe('names in a text that is written', () => {
  it('move with what is typed before them, and stay for what is typed after', () => {
    expect(mentionsAfterEdit([mira(2)], { at: 0, removed: 0, inserted: 3 })).toEqual([mira(5)])
    expect(mentionsAfterEdit([mira(2)], { at: 2, removed: 0, inserted: 3 })).toEqual([mira(5)])
    expect(mentionsAfterEdit([mira(2)], { at: 7, removed: 0, inserted: 3 })).toEqual([mira(2)])
    expect(mentionsAfterEdit([mira(2)], { at: 0, removed: 2, inserted: 0 })).toEqual([mira(0)])
  })

  it('end when their letters are edited', () => {
    for (const edit of [
      { at: 3, removed: 0, inserted: 1 },
      { at: 6, removed: 1, inserted: 0 },
      { at: 0, removed: 3, inserted: 0 },
      { at: 1, removed: 9, inserted: 2 },
    ])
      expect(mentionsAfterEdit([mira(2)], edit)).toEqual([])
  })

  it('cover the same letters after any edit of the rest', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (before, after, typed) => {
        const text = `${before}@Mira${after}`
        const mention = mira(before.length)
        for (const [next, caret] of [
          [typed + text, typed.length],
          [text + typed, text.length + typed.length],
        ] as const) {
          const [kept] = mentionsAfterEdit([mention], editBetween(text, next, caret))
          expect(kept === undefined ? undefined : next.slice(kept.start, kept.start + kept.length)).toBe('@Mira')
        }
      }),
    )
  })

  it('move along when blanks around the text are left out', () => {
    expect(trimmedMentions('  hi @Mira \n', [mira(5)])).toEqual([mira(3)])
    expect(trimmedMentions('   ', [mira(0)])).toEqual([])
  })
})

describe('a name that is being typed', () => {
  it('begins with an @ at the start of a word', () => {
    expect(queryIn('@')).toEqual({ at: 0, query: '' })
    expect(queryIn('hi @mi')).toEqual({ at: 3, query: 'mi' })
    expect(queryIn('(@mira h')).toEqual({ at: 1, query: 'mira h' })
    expect(queryIn('robin@mi')).toBeUndefined()
    expect(queryIn('hi @ mi')).toBeUndefined()
    expect(queryIn('hi @mi\n')).toBeUndefined()
    expect(queryIn('no name')).toBeUndefined()
  })

  it('is not one that was chosen already', () => {
    expect(queryIn('@Mira ', [mira(0)])).toBeUndefined()
    expect(queryIn('@Mira @o', [mira(0)])).toEqual({ at: 6, query: 'o' })
  })

  it('is offered by name, part of a name and username, without those who cannot be meant', () => {
    const members = [
      person('Otis Lindqvist'),
      person('Mira Halvorsen'),
      person('Ada Mirkovic'),
      person('Robin Mi', { isSelf: true }),
      person('Mia Gone', { hasLeft: true }),
    ]
    expect(mentionCandidates(members, 'mi').map(({ name }) => name)).toEqual(['Mira Halvorsen', 'Ada Mirkovic'])
    expect(mentionCandidates(members, 'otis.l').map(({ name }) => name)).toEqual(['Otis Lindqvist'])
    expect(mentionCandidates(members, 'MÍRA h').map(({ name }) => name)).toEqual(['Mira Halvorsen'])
    expect(mentionCandidates(members, 'zz')).toEqual([])
  })

  it('stands in the text as the name, else as the username', () => {
    expect(mentionText({ name: 'Mira' })).toBe('@Mira')
    expect(mentionText({ username: 'mira.h' })).toBe('@mira.h')
    expect(mentionText({ name: '@home' })).toBe('@home')
  })
})
