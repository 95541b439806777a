import { useEffect, useState } from 'react'
import { fromBase64url } from '#protocol/bytes.ts'
import type { MediaView } from '#sdk/index.ts'
import { Thumb } from './thumb.tsx'

/** What the message itself has of a picture or film. */
export function Preview({ view }: { view: Pick<MediaView, 'thumbnail' | 'thumbhash'> }) {
  const { thumbnail, thumbhash } = view
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (thumbnail === undefined) return undefined
    const address = URL.createObjectURL(new Blob([fromBase64url(thumbnail)], { type: 'image/jpeg' }))
    setUrl(address)
    return () => URL.revokeObjectURL(address)
  }, [thumbnail])
  return (
    <>
      <Thumb thumbhash={thumbhash} />
      {url === undefined ? null : <img src={url} alt="" className="absolute inset-0 size-full object-cover" />}
    </>
  )
}
