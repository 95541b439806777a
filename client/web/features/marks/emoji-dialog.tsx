import { Trans } from '@lingui/react/macro'
import { Suspense, lazy } from 'react'
import { Dialog, Spinner } from '../../kit/index.ts'
import type { MessageItem } from '../timeline/rows.ts'
import { useMarks } from './use-marks.ts'

const EmojiPicker = lazy(() => import('../composer/emoji-picker.tsx'))

interface EmojiDialogProps {
  readonly item: MessageItem
  readonly conversation: string
  readonly onClose: () => void
}

/** Any emoji, to react with. */
export function EmojiDialog({ item, conversation, onClose }: EmojiDialogProps) {
  const { react } = useMarks(conversation)
  return (
    <Dialog open onOpenChange={onClose} title={<Trans>React</Trans>}>
      <div className="-mx-3 flex h-80 flex-col">
        <Suspense fallback={<Spinner className="m-auto size-6" />}>
          <EmojiPicker
            onEmoji={(emoji) => {
              react(item, emoji)
              onClose()
            }}
          />
        </Suspense>
      </div>
    </Dialog>
  )
}
