import { useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { LIMITS } from '#protocol/limits.ts'
import type { Caption } from '#sdk/index.ts'
import type { CommandFailure } from '../../engine/api.ts'
import { toast } from '../../kit/index.ts'
import { formatBytes } from '../settings/format-bytes.ts'

/** Files that were chosen and not sent yet. They are in this tab only. */
export function useAttachments() {
  const { t, i18n } = useLingui()
  const [files, setFiles] = useState<readonly File[]>([])
  const [isSending, setSending] = useState(false)
  const add = (chosen: readonly File[]) => {
    const most = formatBytes(LIMITS.mediaBytes, i18n.locale)
    for (const { name, size } of chosen) {
      if (size > LIMITS.mediaBytes)
        toast(t`“${name}” is larger than ${most}, which is the most that can be sent.`, { tone: 'danger' })
    }
    const fitting = chosen.filter(({ size }) => size <= LIMITS.mediaBytes)
    if (files.length + fitting.length > LIMITS.mediaItems) {
      toast(t`A message takes ${LIMITS.mediaItems} files. Send the others in another one.`, { tone: 'danger' })
    }
    setFiles((before) => [...before, ...fitting].slice(0, LIMITS.mediaItems))
  }
  const remove = (file: File) => setFiles((before) => before.filter((one) => one !== file))
  const failureText = (error: unknown): string => {
    const code = (error as CommandFailure | undefined)?.code
    if (code === 'storageFull') return t`There is not enough room on this device to keep these files for sending.`
    if (code === 'mediaUnreadable') return t`A file could not be read. Was it moved or changed meanwhile?`
    if (code === 'mediaTooLarge') return t`These files are too large, or too many, for one message.`
    return t`The files could not be kept for sending. They are still here.`
  }
  /** Sends them with a text. Answers whether they are kept for sending; if not, they are still chosen. */
  const send = async (conversation: string, caption: Caption): Promise<boolean> => {
    setSending(true)
    try {
      const { sendChosen } = await import('../media/send.ts')
      await sendChosen(conversation, files, caption)
      setFiles([])
      return true
    } catch (error) {
      toast(failureText(error), { tone: 'danger' })
      return false
    } finally {
      setSending(false)
    }
  }
  return { files, add, remove, send, isSending }
}

export type Attachments = ReturnType<typeof useAttachments>

/** Files of a drag or of the clipboard; none when it is something else. */
export function filesIn(data: DataTransfer | null): File[] {
  return data === null ? [] : [...data.files]
}
