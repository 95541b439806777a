import { Trans, useLingui } from '@lingui/react/macro'
import { Mic, SendHorizontal, Type } from 'lucide-react'
import { type KeyboardEvent, type Ref, Suspense, lazy, useEffect, useImperativeHandle, useRef, useState } from 'react'
import type { ConversationRow, GroupView } from '../../engine/api.ts'
import { IconButton, toast } from '../../kit/index.ts'
import { drawMessageId, showEcho, useApi } from '../../state/index.ts'
import { isVisible } from '../timeline/text-shape.ts'
import { AttachButton } from './attach-button.tsx'
import { Completions } from './completions.tsx'
import { EmojiButton } from './emoji-button.tsx'
import { FormattingBar } from './formatting-bar.tsx'
import { trimmedMentions } from './mention-ranges.ts'
import { ComposerNotes } from './notes.tsx'
import { styleOfKey } from './shortcuts.ts'
import { roomFor, styleRoomFor } from './size.ts'
import { trimmed } from './style-ranges.ts'
import { StyledMirror } from './styled-mirror.tsx'
import { filesIn, useAttachments } from './use-attachments.ts'
import { NO_DRAFT } from './use-draft.ts'
import { useEmojiNames } from './use-emoji-names.ts'
import { useMentions } from './use-mentions.ts'
import { useSlowMode } from './use-slow-mode.ts'
import { useWriting } from './use-writing.ts'

const AttachmentTray = lazy(() => import('./attachment-tray.tsx'))
const VoiceRecorder = lazy(() => import('./voice-recorder.tsx'))

export interface ComposerHandle {
  focus: () => void
  /** Files that go with the next message. */
  attach: (files: readonly File[]) => void
  /** Writes a text for the user to send, unless something is written already. */
  suggest: (text: string) => void
}

interface ComposerProps {
  readonly id: string
  readonly row: ConversationRow | undefined
  readonly name: string
  /** The group that this is written to, once it is known. */
  readonly group: GroupView | undefined
  readonly ref?: Ref<ComposerHandle>
}

/** The mirror and the field lie on each other: all that moves letters must be the same in both. */
const TEXT =
  'col-start-1 row-start-1 min-w-0 px-4 py-[0.6rem] text-body whitespace-pre-wrap [font-synthesis:style] [overflow-wrap:anywhere] [tab-size:4]'

/** Where the browser can record. */
const RECORDS = 'MediaRecorder' in globalThis && 'mediaDevices' in navigator

const coarse = (): boolean => matchMedia('(pointer: coarse)').matches

/** Whether Enter ends a composition of an input method rather than the message; Safari says so by the key code alone. */
const composing = (event: KeyboardEvent): boolean => event.nativeEvent.isComposing || event.keyCode === 229

/** Where messages are written. */
export function Composer({ id, row, name, group, ref }: ComposerProps) {
  const { t } = useLingui()
  const api = useApi()
  const field = useRef<HTMLTextAreaElement>(null)
  const stored = {
    text: row?.draft ?? '',
    styles: row?.draftStyles ?? NO_DRAFT.styles,
    mentions: row?.draftMentions ?? NO_DRAFT.mentions,
  }
  const writing = useWriting(id, stored, field)
  const [formatting, setFormatting] = useState(false)
  const [recording, setRecording] = useState(false)
  const attachments = useAttachments()
  const { files, isSending } = attachments
  const { text, styles, mentions, selection, active, changed, selected, toggle, insert, replace, mention } = writing
  const slowMs = useSlowMode(id, group)
  const room = roomFor(text)
  const styleRoom = styleRoomFor(text, styles)
  const fits = slowMs === 0 && room.left >= 0 && styleRoom >= 0
  const isWritten = text.trim() !== '' && isVisible(text)
  const sendable = fits && !isSending && (isWritten || files.length > 0)
  const mayRecord = RECORDS && text === '' && files.length === 0

  useImperativeHandle(ref, () => ({
    focus: () => field.current?.focus(),
    attach: (chosen) => {
      attachments.add(chosen)
      field.current?.focus()
    },
    suggest: (suggestion) => {
      writing.suggest(suggestion)
      // After the dialog that asked has given the focus back.
      setTimeout(() => field.current?.focus())
    },
  }))
  useEffect(() => {
    if (!coarse()) field.current?.focus({ preventScroll: true })
  }, [])

  const send = () => {
    if (!sendable) return
    const message = trimmed(text, styles)
    const names = trimmedMentions(text, mentions)
    const putBack = writing.sent()
    const messageId = drawMessageId()
    const { body, styles: styled } = message
    if (files.length > 0) {
      void attachments.send(id, { body, styles: styled, mentions: names }).then((isKept) => isKept || putBack())
      return
    }
    const takeAway = showEcho(id, messageId, { kind: 'text', body, styles: styled, mentions: names })
    api.sendText(id, body, styled, messageId, names).catch(() => {
      // Nothing was kept of it: what was written comes back, unless something else was written meanwhile.
      takeAway()
      putBack()
      toast(t`The message could not be kept for sending. It is back in the text field.`, { tone: 'danger' })
    })
  }
  const caret = selection.from === selection.to ? selection.to : undefined
  const members = useMentions(group?.list, { text, mentions, caret }, mention)
  const emoji = useEmojiNames(text, caret, (sign, from, to) => replace(from, to, sign))
  const completion = members.candidates.length > 0 ? members : emoji.candidates.length > 0 ? emoji : undefined
  const listId = `completions-${id}`
  const onKeyDown = (event: KeyboardEvent) => {
    if (composing(event) || completion?.onKeyDown(event) === true) return
    const style = styleOfKey(event)
    if (style !== undefined) {
      event.preventDefault()
      toggle(style)
    } else if (
      event.key === 'Enter' &&
      !event.shiftKey &&
      !event.altKey &&
      (!coarse() || event.ctrlKey || event.metaKey)
    ) {
      event.preventDefault()
      send()
    }
  }

  return (
    <form
      data-section
      aria-label={t`Message to ${name}`}
      className="relative shrink-0 px-2 pt-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] wide:px-4 wide:pb-[max(0.75rem,env(safe-area-inset-bottom))]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Completions id={listId} mentions={members} emoji={emoji} />
      {files.length === 0 ? null : (
        <Suspense>
          <AttachmentTray {...attachments} />
        </Suspense>
      )}
      {formatting ? <FormattingBar active={active} onToggle={toggle} /> : null}
      {recording ? (
        <Suspense>
          <VoiceRecorder
            conversation={id}
            onDone={() => {
              setRecording(false)
              // When the field is there again.
              setTimeout(() => field.current?.focus())
            }}
          />
        </Suspense>
      ) : null}
      <div className={recording ? 'hidden' : 'flex items-end gap-1'}>
        <EmojiButton onEmoji={insert} onClosed={() => field.current?.focus()} />
        <IconButton
          label={formatting ? t`Hide formatting` : t`Formatting`}
          aria-pressed={formatting}
          // With a pointer the focus, and a phone's keyboard, stay where they are.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => setFormatting(!formatting)}
        >
          <Type />
        </IconButton>
        <AttachButton
          disabled={isSending}
          onFiles={(chosen) => {
            attachments.add(chosen)
            field.current?.focus()
          }}
        />
        <div className="mx-1 grid max-h-[min(40dvh,20rem)] min-w-0 flex-1 overflow-x-hidden overflow-y-auto rounded-[1.3rem] border border-control bg-surface focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ring">
          <StyledMirror text={text} styles={styles} mentions={mentions} className={TEXT} />
          <textarea
            ref={field}
            data-section-focus
            rows={1}
            dir="auto"
            aria-label={t`Message to ${name}`}
            aria-describedby={`notes-${id}`}
            aria-invalid={room.left < 0 || styleRoom < 0 || undefined}
            // Stays a text box, which a combobox of several lines cannot be: the list is announced when it opens.
            aria-autocomplete="list"
            aria-haspopup="listbox"
            {...(completion === undefined
              ? {}
              : { 'aria-controls': listId, 'aria-activedescendant': `${listId}-${completion.active}` })}
            placeholder={t`Message`}
            autoComplete="off"
            enterKeyHint={coarse() ? 'enter' : 'send'}
            value={text}
            className={`${TEXT} resize-none overflow-hidden bg-transparent text-transparent caret-text outline-none selection:bg-accent/30 selection:text-transparent forced-colors:text-[CanvasText]`}
            onChange={(event) => {
              changed(event.target)
              emoji.typed(event.nativeEvent, event.target)
            }}
            onSelect={(event) => selected(event.currentTarget)}
            onPaste={(event) => {
              const pasted = filesIn(event.clipboardData)
              if (pasted.length === 0) return
              event.preventDefault()
              attachments.add(pasted)
            }}
            onKeyDown={onKeyDown}
            onBlur={writing.left}
          />
        </div>
        {mayRecord ? (
          <IconButton
            label={t`Record a voice message`}
            disabled={slowMs > 0}
            className="rounded-full"
            onClick={() => setRecording(true)}
          >
            <Mic />
          </IconButton>
        ) : (
          <IconButton type="submit" variant="primary" label={t`Send`} disabled={!sendable} className="rounded-full">
            <SendHorizontal className="rtl:-scale-x-100" />
          </IconButton>
        )}
      </div>
      <div id={`notes-${id}`}>
        <ComposerNotes room={room} styleRoom={styleRoom} written={text.trim() !== ''} slowMs={slowMs} />
        <span className="sr-only">
          {coarse() ? (
            <Trans>Enter begins a new line.</Trans>
          ) : (
            <Trans>Enter sends, Shift and Enter begins a new line.</Trans>
          )}
        </span>
      </div>
    </form>
  )
}
