import { Direction } from 'radix-ui'
import type { ReactNode } from 'react'

/** Once, around the application: where lines begin, for all that arrow keys move through and that is placed beside another. */
export function DirectionProvider({ dir, children }: { dir: 'ltr' | 'rtl'; children: ReactNode }) {
  return <Direction.Provider dir={dir}>{children}</Direction.Provider>
}
