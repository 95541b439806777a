import { Trans, useLingui } from '@lingui/react/macro'
import { Check, Mic, SendHorizontal, Type } from 'lucide-react'
import { type KeyboardEvent, type Ref, Suspense, lazy, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { takeHandedFiles } from '../../app/shared-files.ts'
import type { ConversationRow, GroupView, QuoteView } from '../../engine/api.ts'
import { IconButton, toast } from '../../kit/index.ts'
import { drawMessageId, quotedContent, showEcho, useApi, useProfile } from '../../state/index.ts'
import { nameOf } from '../conversations/name-of.ts'
import { nameOfMessage } from '../marks/message-name.ts'
import type { MessageItem } from '../timeline/rows.ts'
import { isVisible } from '../timeline/text-shape.ts'
import { AttachButton } from './attach-button.tsx'
import { Completions } from './completions.tsx'
import { EmojiButton } from './emoji-button.tsx'
import { FormattingBar } from './formatting-bar.tsx'
import { trimmedMentions } from './mention-ranges.ts'
import { ModeBar } from './mode-bar.tsx'
import { ComposerNotes } from './notes.tsx'
import { styleOfKey } from './shortcuts.ts'
import { roomFor, styleRoomFor } from './size.ts'
import { trimmed } from './style-ranges.ts'
import { StyledMirror } from './styled-mirror.tsx'
import { filesIn, useAttachments } from './use-attachments.ts'
import { type Draft, NO_DRAFT } from './use-draft.ts'
import { useEmojiNames } from './use-emoji-names.ts'
import { useMentions } from './use-mentions.ts'
import { useSlowMode } from './use-slow-mode.ts'
import { useWriting } from './use-writing.ts'
import type { WritingMode } from './writing-mode.ts'

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
  readonly mode: WritingMode | undefined
  /** It was sent, or is not to be. */
  readonly onModeEnd: () => void
  /** The last own message is to be edited; answers whether there is one that can be. */
  readonly onEditLast: () => boolean
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

const hasModifier = ({ altKey, ctrlKey, metaKey, shiftKey }: KeyboardEvent): boolean =>
  altKey || ctrlKey || metaKey || shiftKey

/** The words of a message that is edited. */
function wordsOf({ content }: MessageItem): Draft {
  if (content.kind !== 'text' && content.kind !== 'media') return NO_DRAFT
  const { body = '', styles = [], mentions = [] } = content
  return { text: body, styles, mentions }
}

/** What the engine will say of an answer's message. */
function quoteOf({ id, order, content }: MessageItem, author: string): QuoteView {
  return { id, author: { account: author }, order, ...quotedContent(content) }
}

/** Where messages are written. */
export function Composer({ id, row, name, group, mode, onModeEnd, onEditLast, ref }: ComposerProps) {
  const { t } = useLingui()
  const api = useApi()
  const own = useProfile()?.account ?? ''
  const editing = mode?.mode === 'edit' ? mode.item : undefined
  const answered = mode?.mode === 'reply' ? mode.item : undefined
  const field = useRef<HTMLTextAreaElement>(null)
  const draft = {
    text: row?.draft ?? '',
    styles: row?.draftStyles ?? NO_DRAFT.styles,
    mentions: row?.draftMentions ?? NO_DRAFT.mentions,
  }
  const writing = useWriting(id, editing === undefined ? draft : wordsOf(editing), field, {
    isKept: editing === undefined,
  })
  const [formatting, setFormatting] = useState(false)
  const [recording, setRecording] = useState(false)
  const attachments = useAttachments()
  const { files, isSending } = attachments
  const { text, styles, mentions, selection, active, changed, selected, toggle, insert, replace, mention } = writing
  const pauseMs = useSlowMode(id, group)
  const slowMs = editing === undefined ? pauseMs : 0
  const room = roomFor(text)
  const styleRoom = styleRoomFor(text, styles)
  const fits = slowMs === 0 && room.left >= 0 && styleRoom >= 0
  const isWritten = text.trim() !== '' && isVisible(text)
  const sendable = fits && !isSending && (isWritten || (editing === undefined && files.length > 0))
  const mayRecord = RECORDS && editing === undefined && text === '' && files.length === 0

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
    if (editing === undefined) {
      if (!coarse()) field.current?.focus({ preventScroll: true })
      return undefined
    }
    // After the menu that began it has given the focus back.
    const timer = setTimeout(() => {
      field.current?.focus({ preventScroll: true })
      field.current?.setSelectionRange(field.current.value.length, field.current.value.length)
    })
    return () => clearTimeout(timer)
  }, [editing])

  const { add } = attachments
  const addFiles = useRef(add)
  useEffect(() => {
    const handed = takeHandedFiles(id)
    if (handed.length > 0) addFiles.current(handed)
  }, [id])

  const save = async (item: MessageItem) => {
    const message = trimmed(text, styles)
    try {
      await api.editMessage(id, item.id, message.body, message.styles, trimmedMentions(text, mentions))
      onModeEnd()
    } catch {
      toast(t`The change could not be kept. Please try again.`, { tone: 'danger' })
    }
  }
  const quote = answered === undefined ? undefined : nameOfMessage(answered, id, own)
  const send = () => {
    if (!sendable) return
    if (editing !== undefined) return void save(editing)
    const message = trimmed(text, styles)
    const names = trimmedMentions(text, mentions)
    onModeEnd()
    const putBack = writing.sent()
    const messageId = drawMessageId()
    const { body, styles: styled } = message
    if (files.length > 0) {
      const caption = { body, styles: styled, mentions: names, ...(quote === undefined ? {} : { quote }) }
      void attachments.send(id, caption).then((isKept) => isKept || putBack())
      return
    }
    const takeAway = showEcho(id, messageId, {
      content: { kind: 'text', body, styles: styled, mentions: names },
      ...(quote === undefined || answered === undefined ? {} : { quote: quoteOf(answered, quote.author) }),
    })
    api.sendText(id, body, styled, messageId, names, quote).catch(() => {
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
    } else if (event.key === 'Escape' && mode !== undefined) {
      event.preventDefault()
      onModeEnd()
    } else if (event.key === 'ArrowUp' && text === '' && mode === undefined && !hasModifier(event) && onEditLast()) {
      event.preventDefault()
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
      {mode === undefined ? null : (
        <ModeBar
          mode={mode}
          author={mode.item.outgoing ? t`yourself` : (nameOf(mode.item.author) ?? name)}
          onCancel={() => {
            onModeEnd()
            field.current?.focus()
          }}
        />
      )}
      {formatting ? <FormattingBar active={active} onToggle={toggle} /> : null}
      {recording ? (
        <Suspense>
          <VoiceRecorder
            conversation={id}
            quote={quote}
            onSent={onModeEnd}
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
          disabled={isSending || editing !== undefined}
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
            // What is typed has a direction of its own; the hint in its place has that of the interface.
            dir={text === '' ? undefined : 'auto'}
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
          <IconButton
            type="submit"
            variant="primary"
            label={editing === undefined ? t`Send` : t`Save`}
            disabled={!sendable}
            className="rounded-full"
          >
            {editing === undefined ? <SendHorizontal className="rtl:-scale-x-100" /> : <Check />}
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
