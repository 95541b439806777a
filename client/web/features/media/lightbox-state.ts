import { create } from 'zustand'
import type { MediaPlace } from '#sdk/index.ts'

/** The picture or film that is looked at alone. */
export const useLightbox = create<{ readonly place: MediaPlace | undefined }>(() => ({ place: undefined }))

export function openLightbox(place: MediaPlace): void {
  useLightbox.setState({ place })
}

export function closeLightbox(): void {
  useLightbox.setState({ place: undefined })
}
