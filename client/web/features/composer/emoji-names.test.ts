import { describe, expect, it } from 'vitest'
import { packEmoji } from '../../build/emoji-plugin.ts'
import { emojiCandidates, emojiNamed, emojiQueryAt } from './emoji-names.ts'

const { emoji } = packEmoji()
const queryIn = (text: string) => emojiQueryAt(text, text.length)
const first = (query: string) => emojiCandidates(emoji, query)[0]?.emoji

describe('the name of an emoji that is being typed', () => {
  it('begins with a colon at the beginning of a word, and has two letters or more', () => {
    expect(queryIn('on :ta')).toEqual({ at: 3, query: 'ta', isClosed: false })
    expect(queryIn('(:+1')).toEqual({ at: 1, query: '+1', isClosed: false })
    expect(queryIn(':Tada:')).toEqual({ at: 0, query: 'tada', isClosed: true })
    expect(emojiQueryAt(':tada and more', 5)).toEqual({ at: 0, query: 'tada', isClosed: false })
  })

  it('is none in times, addresses, code, faces written by hand, and what is too long for one', () => {
    const none = ['at 10:30', 'https://x', 'std::vec', ':D', ':-)', ': ta', `:${'a'.repeat(41)}`, 'a :tada b', '']
    expect(none.filter((text) => queryIn(text) !== undefined)).toEqual([])
  })
})

describe('what is offered for it', () => {
  it('is first what is called so, then what begins so, then what is found by it', () => {
    expect([first('tada'), first('+1'), first('snowfl'), first('heart')]).toEqual(['🎉', '👍️', '❄️', '❤️'])
    expect(emojiCandidates(emoji, 'icicl').map((one) => one.emoji)).toContain('🥶')
    expect(emojiCandidates(emoji, 'qqq')).toEqual([])
    expect(emojiCandidates(emoji, 'fa').length).toBe(6)
  })

  it('is at a second colon what has that name alone', () => {
    expect([emojiNamed(emoji, 'tada'), emojiNamed(emoji, 'tad'), emojiNamed(emoji, '')]).toEqual([
      '🎉',
      undefined,
      undefined,
    ])
  })
})

describe('the packed emoji', () => {
  it('have names without blanks, all five tones or none, and each a group', () => {
    const { groups } = packEmoji()
    const known = new Set(groups)
    expect(emoji.length).toBeGreaterThan(1_800)
    const odd = emoji.filter(
      ([sign, label, group, version, , , toned]) =>
        sign.includes(' ') ||
        label === '' ||
        !known.has(group) ||
        version <= 0 ||
        (toned !== '' && toned.split(' ').length !== 5),
    )
    expect(odd).toEqual([])
  })
})
