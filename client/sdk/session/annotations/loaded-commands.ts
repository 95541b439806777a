/** What applications do to messages, loaded when something first is: showing what others do needs none of it. */

import type { Core } from '../core.ts'
import type { AnnotationParts, Annotations } from './commands.ts'

const NAMES = [
  'react',
  'edit',
  'deleteForEveryone',
  'deleteForMe',
  'setPinned',
  'pinned',
  'forward',
  'versions',
] as const

/** A message is named by its author's account and its id. */
export type AnnotationCommands = Pick<Annotations, (typeof NAMES)[number]>

export function annotationCommands(core: Core, parts: AnnotationParts): AnnotationCommands {
  let loading: Promise<Annotations> | undefined
  const load = async (): Promise<Annotations> => {
    const { Annotations: Loaded } = await import('./commands.ts')
    return new Loaded(core, parts)
  }
  const commands = NAMES.map((name) => {
    const command = async (...args: never[]): Promise<unknown> => {
      loading ??= load()
      const loaded = await loading
      return (loaded[name] as (...given: never[]) => Promise<unknown>).apply(loaded, args)
    }
    return [name, command] as const
  })
  return Object.fromEntries(commands) as unknown as AnnotationCommands
}
