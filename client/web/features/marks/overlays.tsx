import type { ConversationRow, GroupView } from '../../engine/api.ts'
import { DeleteDialog } from './delete-dialog.tsx'
import { EmojiDialog } from './emoji-dialog.tsx'
import { ForwardDialog } from './forward-dialog.tsx'
import type { Overlay } from './overlay.ts'
import { ReactionsDialog } from './reactions-dialog.tsx'
import { VersionsDialog } from './versions-dialog.tsx'

interface OverlaysProps {
  readonly overlay: Overlay
  readonly conversation: string
  readonly row: ConversationRow | undefined
  readonly group: GroupView | undefined
  readonly onClose: () => void
}

/** The dialogs about one message. Their code comes when the first of them is opened. */
export default function Overlays({ overlay: { kind, item }, row, group, ...shared }: OverlaysProps) {
  switch (kind) {
    case 'emoji':
      return <EmojiDialog item={item} {...shared} />
    case 'reactions':
      return <ReactionsDialog item={item} {...shared} />
    case 'versions':
      return <VersionsDialog item={item} {...shared} />
    case 'forward':
      return <ForwardDialog item={item} {...shared} />
    case 'delete':
      return <DeleteDialog item={item} row={row} group={group} {...shared} />
  }
}
