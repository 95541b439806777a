import { Trans, useLingui } from '@lingui/react/macro'
import { SendHorizontal, Trash2 } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { MessageName } from '#protocol/content/message-name.ts'
import { IconButton, toast } from '../../kit/index.ts'
import { drawMessageId, useApi } from '../../state/index.ts'
import { minutesText } from '../media/minutes.ts'
import { type Recording, record } from '../media/record.ts'

interface VoiceRecorderProps {
  readonly conversation: string
  /** The message that it answers. */
  readonly quote: MessageName | undefined
  readonly onSent: () => void
  readonly onDone: () => void
}

/** In the place of the text field while a voice message is recorded. Escape throws it away. */
export default function VoiceRecorder({ conversation, quote, onSent, onDone }: VoiceRecorderProps) {
  const { t } = useLingui()
  const api = useApi()
  const [recording, setRecording] = useState<Recording>()
  const [seconds, setSeconds] = useState(0)
  const [level, setLevel] = useState(0)
  const group = useRef<HTMLDivElement>(null)
  const sender = useRef<HTMLButtonElement>(null)
  const done = useRef(onDone)
  done.current = onDone
  useEffect(() => {
    let mine: Recording | undefined
    let isOver = false
    const begin = async () => {
      try {
        mine = await record()
        if (isOver) mine.discard()
        else setRecording(mine)
      } catch {
        if (isOver) return
        toast(t`The microphone cannot be used. Check whether this site may.`, { tone: 'danger' })
        done.current()
      }
    }
    void begin()
    return () => {
      isOver = true
      mine?.discard()
    }
  }, [t])
  useEffect(() => {
    if (recording === undefined) {
      group.current?.focus()
      return undefined
    }
    // What can be pressed now.
    sender.current?.focus()
    const begun = performance.now()
    const timer = setInterval(() => {
      setSeconds((performance.now() - begun) / 1_000)
      setLevel(recording.level())
    }, 100)
    return () => clearInterval(timer)
  }, [recording])
  const send = async () => {
    const file = await recording?.finish()
    onDone()
    if (file === undefined) return
    onSent()
    await api.sendFiles(conversation, [file], quote === undefined ? {} : { quote }, drawMessageId())
  }
  return (
    <div
      ref={group}
      tabIndex={-1}
      role="group"
      aria-label={t`Voice message`}
      className="flex min-w-0 flex-1 items-center gap-2 outline-none"
      onKeyDown={({ key }) => {
        if (key === 'Escape') onDone()
      }}
    >
      <IconButton label={t`Throw away`} onClick={onDone}>
        <Trash2 />
      </IconButton>
      <span className="flex h-10.5 min-w-0 flex-1 items-center gap-3 rounded-[1.3rem] border border-control bg-surface px-4">
        <span aria-hidden className="size-2.5 shrink-0 rounded-full bg-danger" />
        <span className="tabular-nums">{minutesText(seconds)}</span>
        <meter aria-label={t`Loudness`} value={level} className="h-2 min-w-0 flex-1" />
        <span role="status" className="sr-only">
          {recording === undefined ? <Trans>Waiting for the microphone</Trans> : <Trans>Recording</Trans>}
        </span>
      </span>
      <IconButton
        label={t`Send voice message`}
        variant="primary"
        className="rounded-full"
        ref={sender}
        disabled={recording === undefined}
        onClick={() => {
          send().catch(() => toast(t`The voice message could not be kept for sending.`, { tone: 'danger' }))
        }}
      >
        <SendHorizontal className="rtl:-scale-x-100" />
      </IconButton>
    </div>
  )
}
