import { useEffect, useRef } from 'react'
import { thumbHashToRGBA } from 'thumbhash'
import { fromBase64url } from '#protocol/bytes.ts'
import type { MediaView } from '#sdk/index.ts'

/** The format's shortest: what is shorter would be read beyond its end. */
const SHORTEST = 5

/** What stands for a picture until it is here. */
export function Thumb({ thumbhash }: Pick<MediaView, 'thumbhash'>) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (thumbhash === undefined || canvas.current === null || context === null || context === undefined) return
    const octets = fromBase64url(thumbhash)
    if (octets.length < SHORTEST) return
    try {
      const { w, h, rgba } = thumbHashToRGBA(octets)
      canvas.current.width = w
      canvas.current.height = h
      context.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0)
    } catch {
      // Not what the format says: nothing is drawn.
    }
  }, [thumbhash])
  return <canvas ref={canvas} aria-hidden width={1} height={1} className="absolute inset-0 size-full" />
}
