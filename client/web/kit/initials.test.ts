import { describe, expect, it } from 'vitest'
import { initials } from './initials.ts'

describe('initials', () => {
  it('are of the first and the last word', () => {
    expect(initials('Robin van der Frost')).toBe('RF')
    expect(initials('robin.frost')).toBe('RF')
    expect(initials('Ada')).toBe('A')
  })

  it('take letters of any script, and emoji whole', () => {
    expect(initials('Мария Иванова')).toBe('МИ')
    expect(initials('👩‍🚀 Ada')).toBe('👩‍🚀A')
  })

  it('are a question mark where there is no letter', () => {
    for (const name of ['', '   ', '\u200b', '‮', '---']) expect(initials(name)).toBe('?')
  })

  it('stay small, however many marks are stacked on a letter', () => {
    expect(initials(`Z${'\u0301'.repeat(500)} ${'x\u0336'.repeat(1_000)}`).length).toBeLessThanOrEqual(16)
  })
})
