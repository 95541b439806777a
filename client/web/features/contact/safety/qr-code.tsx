import { useMemo } from 'react'
import { encode } from 'uqr'

interface QrCodeProps {
  readonly text: string
  /** What it is, for those who do not see it. */
  readonly label: string
  readonly className?: string
}

/** Modules of empty margin that the standard asks for (ISO/IEC 18004 section 5.3.8). */
const MARGIN = 4

/** A QR code, drawn as one path. Black on white in every theme: scanners want contrast, and many read no inverted codes. */
export function QrCode({ text, label, className }: QrCodeProps) {
  const { size, path } = useMemo(() => drawn(text), [text])
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className={`forced-color-adjust-none ${className ?? ''}`}
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  )
}

function drawn(text: string): { readonly size: number; readonly path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: MARGIN })
  const runs: string[] = []
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== true) continue
      const start = x
      while (row[x] === true) x += 1
      runs.push(`M${start} ${y}h${x - start}v1h${start - x}z`)
    }
  }
  return { size, path: runs.join('') }
}
