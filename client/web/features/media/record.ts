/** Records a voice message, and how loud it is. */

import { toBase64url } from '#protocol/bytes.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { MediaFile } from '#sdk/index.ts'
import { waveformOf } from './waveform.ts'

/** What browsers record, the smallest first. */
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'] as const
/** How often it is looked how loud it is, in milliseconds. */
const EVERY_MS = 50

export interface Recording {
  /** How loud it is now: 0 to 1. */
  readonly level: () => number
  /** Ends it. Resolves with what is sent; with nothing when it was shorter than anybody could hear. */
  readonly finish: () => Promise<MediaFile | undefined>
  readonly discard: () => void
}

const SHORTEST_MS = 300

/** Asks for the microphone and begins. Rejects where there is none, or it may not be used. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type))
  const recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType })
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const levels: number[] = []
  let level = 0
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
    levels.push(level)
  }, EVERY_MS)
  const parts: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
  const begun = performance.now()
  recorder.start(1_000)
  const end = (): Promise<void> => {
    clearInterval(timer)
    const ended = new Promise<void>((resolve) => {
      if (recorder.state === 'inactive') return resolve()
      recorder.addEventListener('stop', () => resolve(), { once: true })
      recorder.stop()
    })
    for (const track of stream.getTracks()) track.stop()
    if (context.state !== 'closed') void context.close()
    return ended
  }
  return {
    level: () => Math.min(1, level * 4),
    finish: async () => {
      const duration = Math.round(performance.now() - begun)
      await end()
      if (duration < SHORTEST_MS || parts.length === 0) return undefined
      const type = (recorder.mimeType || mimeType || 'audio/webm').split(';', 1)[0] ?? 'audio/webm'
      const waveform = toBase64url(waveformOf(levels, LIMITS.mediaWaveform))
      return { file: new Blob(parts), view: 'voice', type, duration, waveform }
    },
    discard: () => void end(),
  }
}
