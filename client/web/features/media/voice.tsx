import { useLingui } from '@lingui/react/macro'
import { ArrowDownToLine, CircleAlert, Pause, Play, X } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { fromBase64url } from '#protocol/bytes.ts'
import type { MediaPlace, MediaView } from '#sdk/index.ts'
import { FileFailure } from './failure.tsx'
import { minutesText } from './minutes.ts'
import { useFile } from './use-file.ts'

interface VoiceProps {
  readonly place: MediaPlace
  readonly view: MediaView
  readonly tabIndex: number
}

const SPEEDS = [1, 1.5, 2] as const
/** What plays now: one at a time. */
let playing: HTMLAudioElement | undefined

/** A voice message: how loud it is, where it is played, and how fast. */
export function Voice({ place, view, tabIndex }: VoiceProps) {
  const { t, i18n } = useLingui()
  const { status, url, load, stop } = useFile(place, view, true)
  const audio = useRef<HTMLAudioElement>(null)
  const [isPlaying, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [speed, setSpeed] = useState<number>(1)
  const seconds = Math.max(0.1, (view.duration ?? 0) / 1_000)
  useEffect(() => {
    if (audio.current !== null) audio.current.playbackRate = speed
  }, [speed, url])
  const press = () => {
    const element = audio.current
    if (status?.state === 'downloading') return stop()
    if (element === null || url === undefined) return load()
    if (!element.paused) return element.pause()
    playing?.pause()
    playing = element
    element.playbackRate = speed
    element.play().catch(() => setPlaying(false))
  }
  const label =
    status?.state === 'downloading'
      ? t`Stop loading the voice message`
      : url === undefined
        ? t`Load the voice message`
        : isPlaying
          ? t`Pause`
          : t`Play the voice message`
  const nextSpeed = SPEEDS[(SPEEDS.indexOf(speed as 1) + 1) % SPEEDS.length] ?? 1
  const speedText = new Intl.NumberFormat(i18n.locale).format(speed)
  return (
    <div className="flex h-14 w-68 max-w-full items-center gap-2">
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={label}
        disabled={status?.state === 'copying'}
        onClick={press}
        className="grid size-11 shrink-0 place-items-center rounded-full bg-current/10 [&_svg]:size-5"
      >
        {status?.state === 'downloading' ? (
          <X />
        ) : status?.state === 'failed' ? (
          <CircleAlert />
        ) : url === undefined ? (
          <ArrowDownToLine />
        ) : isPlaying ? (
          <Pause />
        ) : (
          <Play />
        )}
      </button>
      <span className="relative min-w-0 flex-1">
        <Waveform waveform={view.waveform} share={at / seconds} />
        <input
          type="range"
          tabIndex={tabIndex}
          aria-label={t`Place in the voice message`}
          aria-valuetext={minutesText(at)}
          min={0}
          max={seconds}
          step={0.1}
          value={Math.min(at, seconds)}
          disabled={url === undefined}
          onChange={({ target }) => {
            if (audio.current !== null) audio.current.currentTime = Number(target.value)
            setAt(Number(target.value))
          }}
          className="absolute inset-0 size-full cursor-pointer opacity-0 focus-visible:opacity-100"
        />
        <span className="block text-meta tabular-nums opacity-85">
          {status?.state === 'failed' ? (
            <FileFailure code={status.code} />
          ) : (
            minutesText(isPlaying || at > 0 ? at : seconds)
          )}
        </span>
      </span>
      <button
        type="button"
        tabIndex={tabIndex}
        aria-label={t`Speed: ${speedText} times`}
        onClick={() => setSpeed(nextSpeed)}
        className="min-h-8 w-11 shrink-0 rounded-full bg-current/10 text-meta font-semibold tabular-nums"
      >
        {speedText}×
      </button>
      {url === undefined ? null : (
        <audio
          ref={audio}
          src={url}
          preload="metadata"
          onPlay={() => setPlaying(true)}
          onPause={() => setPlaying(false)}
          onEnded={() => {
            setPlaying(false)
            setAt(0)
          }}
          onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
        />
      )}
    </div>
  )
}

/** Bars, those that were heard already stronger. */
function Waveform({ waveform, share }: { waveform: string | undefined; share: number }) {
  const bars = waveform === undefined ? Array.from({ length: 32 }, () => 40) : [...fromBase64url(waveform)]
  return (
    <svg
      viewBox={`0 0 ${bars.length * 3} 24`}
      preserveAspectRatio="none"
      aria-hidden
      className="block h-6 w-full rtl:-scale-x-100"
    >
      {bars.map((loud, index) => {
        const height = 3 + (loud / 255) * 21
        const heard = (index + 0.5) / bars.length <= share
        return (
          <rect
            key={index}
            x={index * 3}
            y={(24 - height) / 2}
            width="2"
            height={height}
            rx="1"
            fill="currentColor"
            opacity={heard ? 1 : 0.45}
          />
        )
      })}
    </svg>
  )
}
