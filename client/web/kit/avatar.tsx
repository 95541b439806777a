import { cx } from './cx.ts'
import { initials } from './initials.ts'

const SIZES = { small: 'size-8 text-meta', medium: 'size-11 text-body', large: 'size-20 text-title' } as const
const HUES = [
  'bg-[light-dark(#00688b,#0f5e7c)]',
  'bg-[light-dark(#0b6b62,#0b5d56)]',
  'bg-[light-dark(#5646b8,#5647a8)]',
  'bg-[light-dark(#8a3b6c,#7d3a63)]',
  'bg-[light-dark(#8a4b12,#7a4513)]',
  'bg-[light-dark(#2b5fa8,#2a5794)]',
  'bg-[light-dark(#3f6a1c,#3c601f)]',
  'bg-[light-dark(#9a3030,#853232)]',
] as const

/** FNV-1a, 32 bits: the same person has the same colour everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  return value
}

interface AvatarProps {
  /** The account's id: decides the colour. */
  readonly id: string
  readonly name?: string | undefined
  readonly size?: keyof typeof SIZES
}

/** Initials on a colour. Decoration: the name stands beside it. */
export function Avatar({ id, name, size = 'medium' }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={cx(
        'inline-flex shrink-0 items-center justify-center overflow-hidden rounded-full font-semibold text-[#ffffff] select-none',
        SIZES[size],
        HUES[hash(id) % HUES.length] ?? HUES[0],
      )}
    >
      {initials(name ?? '')}
    </span>
  )
}
