import { useLingui } from '@lingui/react/macro'
import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { IconButton } from '../../kit/index.ts'

interface AttachButtonProps {
  readonly disabled: boolean
  readonly onFiles: (files: readonly File[]) => void
}

/** Chooses files by the browser's own dialog. */
export function AttachButton({ disabled, onFiles }: AttachButtonProps) {
  const { t } = useLingui()
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton label={t`Attach files`} disabled={disabled} onClick={() => input.current?.click()}>
        <Paperclip />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={t`Files to send`}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])])
          // The same one may be chosen again.
          target.value = ''
        }}
      />
    </>
  )
}
