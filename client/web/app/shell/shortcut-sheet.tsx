import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { STYLE_KEYS } from '../../features/composer/shortcuts.ts'
import type { Style } from '../../features/composer/style-ranges.ts'
import { Dialog } from '../../kit/index.ts'

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform)

function Keys({ keys }: { keys: string }) {
  return (
    <span className="flex justify-end gap-1">
      {keys.split(' ').map((key) => (
        <kbd
          key={key}
          className="min-w-6 rounded-md border border-control bg-background px-1.5 text-center font-sans text-meta"
        >
          {key}
        </kbd>
      ))}
    </span>
  )
}

function Group({ title, rows }: { title: ReactNode; rows: readonly (readonly [what: ReactNode, keys: string])[] }) {
  return (
    <section className="break-inside-avoid pb-4">
      <h3 className="pb-1 font-semibold">{title}</h3>
      <dl>
        {rows.map(([what, keys]) => (
          <div key={keys} className="flex items-center justify-between gap-4 border-b border-line py-1.5 last:border-0">
            <dt className="text-muted">{what}</dt>
            <dd className="shrink-0">
              <Keys keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

/** All keyboard shortcuts, by what they are for. */
export function ShortcutSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useLingui()
  const control = APPLE ? '⌘' : t`Ctrl`
  const alt = APPLE ? '⌥' : t`Alt`
  const shift = APPLE ? '⇧' : t`Shift`
  const enter = t`Enter`
  const styleKeys = (style: Style) => {
    const { key, shift: shifted } = STYLE_KEYS[style]
    return [control, ...(shifted ? [shift] : []), key.toUpperCase()].join(' ')
  }
  return (
    <Dialog open={open} onOpenChange={onOpenChange} wide title={<Trans>Keyboard shortcuts</Trans>}>
      <div className="gap-8 wide:columns-2">
        <Group
          title={<Trans>Getting around</Trans>}
          rows={[
            [<Trans key="1">Next part of the page</Trans>, 'F6'],
            [<Trans key="2">Previous part of the page</Trans>, `${shift} F6`],
            [<Trans key="3">Next conversation</Trans>, `${alt} ↓`],
            [<Trans key="4">Previous conversation</Trans>, `${alt} ↑`],
            [<Trans key="5">First to ninth conversation</Trans>, `${alt} 1–9`],
            [<Trans key="6">The same, in the installed app</Trans>, `${control} 1–9`],
            [<Trans key="9">Search, or go to a conversation</Trans>, `${control} K`],
            [<Trans key="7">This sheet</Trans>, '?'],
            [<Trans key="8">This sheet, while writing</Trans>, `${control} /`],
          ]}
        />
        <Group
          title={<Trans>Writing</Trans>}
          rows={[
            [<Trans key="1">Send</Trans>, enter],
            [<Trans key="2">New line</Trans>, `${shift} ${enter}`],
            [<Trans key="3">Bold</Trans>, styleKeys('bold')],
            [<Trans key="4">Italic</Trans>, styleKeys('italic')],
            [<Trans key="5">Strikethrough</Trans>, styleKeys('strikethrough')],
            [<Trans key="6">Monospace</Trans>, styleKeys('monospace')],
            [<Trans key="7">Spoiler</Trans>, styleKeys('spoiler')],
          ]}
        />
      </div>
    </Dialog>
  )
}
