import type { Typist } from '../../engine/api.ts'
import { nameOf } from './name-of.ts'

/** Letters of a name, so that the words after it fit into one line of a narrow window: that they type is what matters. */
const ALONE = 22
const IN_PAIR = 11

/** What is said of those who type in a group: up to two are named, where they have names. */
export type TypingIn =
  | { readonly by: 'somebody' | 'several' }
  | { readonly by: 'one'; readonly name: string }
  | { readonly by: 'two'; readonly names: readonly [string, string] }

export function typingIn(typists: readonly Typist[]): TypingIn {
  const [one, other, ...more] = typists.map(nameOf)
  if (typists.length === 1) return one === undefined ? { by: 'somebody' } : { by: 'one', name: cut(one, ALONE) }
  const isNamed = one !== undefined && other !== undefined && more.length === 0
  return isNamed ? { by: 'two', names: [firstWord(one), firstWord(other)] } : { by: 'several' }
}

/** Of two, the first words say enough. */
function firstWord(name: string): string {
  return cut(name.split(/\s/, 1)[0] ?? name, IN_PAIR)
}

function cut(name: string, most: number): string {
  const letters = [...new Intl.Segmenter().segment(name.slice(0, 8 * most))].map(({ segment }) => segment)
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : name
}
