import { useLingui } from '@lingui/react/macro'
import { Smile } from 'lucide-react'
import { Popover } from 'radix-ui'
import { lazy, Suspense, useState } from 'react'
import { IconButton, Spinner } from '../../kit/index.ts'

const EmojiPicker = lazy(() => import('./emoji-picker.tsx'))

interface EmojiButtonProps {
  readonly onEmoji: (emoji: string) => void
  /** It is closed; focus goes where it is needed. */
  readonly onClosed: () => void
}

/** Opens the emoji picker, whose code and data come when it is first opened. */
export function EmojiButton({ onEmoji, onClosed }: EmojiButtonProps) {
  const { t } = useLingui()
  const [open, setOpen] = useState(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <IconButton label={t`Emoji`} tooltip={false} title={t`Emoji`}>
          <Smile />
        </IconButton>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          side="top"
          align="start"
          sideOffset={8}
          collisionPadding={8}
          aria-label={t`Emoji`}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            onClosed()
          }}
          className="z-50 flex h-90 max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-1rem)] animate-enter flex-col rounded-card border border-line bg-surface text-text shadow-float"
        >
          <Suspense
            fallback={
              <div className="m-auto">
                <Spinner className="size-6" />
              </div>
            }
          >
            <EmojiPicker
              onEmoji={(emoji) => {
                setOpen(false)
                onEmoji(emoji)
              }}
            />
          </Suspense>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
