import { Users } from 'lucide-react'
import { cx } from './cx.ts'
import { hueOf } from './hue.ts'
import { initials } from './initials.ts'

const SIZES = { small: 'size-8 text-meta', medium: 'size-11 text-body', large: 'size-20 text-title' } as const
const SIGNS = {
  small: 'size-4 [&_svg]:size-2.5',
  medium: 'size-5 [&_svg]:size-3',
  large: 'size-8 [&_svg]:size-5',
} as const
const FILLS = [
  'bg-[light-dark(#00688b,#0f5e7c)]',
  'bg-[light-dark(#0b6b62,#0b5d56)]',
  'bg-[light-dark(#5646b8,#5647a8)]',
  'bg-[light-dark(#8a3b6c,#7d3a63)]',
  'bg-[light-dark(#8a4b12,#7a4513)]',
  'bg-[light-dark(#2b5fa8,#2a5794)]',
  'bg-[light-dark(#3f6a1c,#3c601f)]',
  'bg-[light-dark(#9a3030,#853232)]',
] as const

interface AvatarProps {
  /** The account's or the group's id: decides the colour. */
  readonly id: string
  readonly name?: string | undefined
  readonly size?: keyof typeof SIZES
  /** Of a group: carries a small sign of people. */
  readonly group?: boolean
}

/** Initials on a colour. Decoration: the name stands beside it. */
export function Avatar({ id, name, size = 'medium', group = false }: AvatarProps) {
  const picture = (
    <span
      aria-hidden
      className={cx(
        'inline-flex shrink-0 items-center justify-center overflow-hidden rounded-full font-semibold outline-1 -outline-offset-1 outline-transparent text-[#ffffff] select-none',
        SIZES[size],
        FILLS[hueOf(id)] ?? FILLS[0],
      )}
    >
      {initials(name ?? '')}
    </span>
  )
  if (!group) return picture
  return (
    <span aria-hidden className="relative inline-flex shrink-0">
      {picture}
      <span
        className={cx(
          'absolute -end-1.5 -bottom-1 grid place-items-center rounded-full border border-line bg-surface text-text',
          SIGNS[size],
        )}
      >
        <Users strokeWidth={2.5} />
      </span>
    </span>
  )
}
