import { Check } from 'lucide-react'
import { ContextMenu as RadixContext, DropdownMenu as RadixDropdown } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

/** An entry of a menu. `checked` makes it one that is switched on and off. */
export type MenuEntry =
  | 'separator'
  /** Signs beside each other. With keys they come one after the other. */
  | {
      readonly signs: readonly {
        readonly sign: string
        readonly label: string
        readonly checked: boolean
        readonly onSelect: () => void
      }[]
    }
  | {
      readonly label: ReactNode
      readonly onSelect: () => void
      readonly icon?: ReactNode
      readonly checked?: boolean
      readonly danger?: boolean
      readonly disabled?: boolean
      /** Shown at the end; the keys themselves are handled elsewhere. */
      readonly shortcut?: string
    }

const CONTENT =
  'z-50 max-h-(--radix-popper-available-height) min-w-52 animate-enter overflow-y-auto rounded-control border border-line bg-surface p-1 text-text shadow-float'
const ITEM =
  'flex min-h-9 items-center gap-2.5 rounded-[0.4rem] px-2.5 py-1.5 outline-offset-[-2px] select-none data-disabled:opacity-50 data-highlighted:bg-hover [&_svg]:size-4.5 [&_svg]:shrink-0'

function Entries({
  entries,
  Parts,
}: {
  entries: readonly MenuEntry[]
  Parts: typeof RadixDropdown | typeof RadixContext
}) {
  return entries.map((entry, index) => {
    if (entry === 'separator') return <Parts.Separator key={index} className="mx-1 my-1 h-px bg-line" />
    if ('signs' in entry) {
      return (
        <Parts.Group key={index} className="flex justify-between gap-0.5 pb-1">
          {entry.signs.map(({ sign, label, checked, onSelect }) => (
            <Parts.CheckboxItem
              key={sign}
              checked={checked}
              onSelect={onSelect}
              aria-label={label}
              className="grid size-10 place-items-center rounded-[0.4rem] text-[1.35rem] leading-none outline-offset-[-2px] select-none data-highlighted:bg-hover data-[state=checked]:bg-selected"
            >
              {sign}
            </Parts.CheckboxItem>
          ))}
        </Parts.Group>
      )
    }
    const className = cx(ITEM, entry.danger === true && 'text-danger')
    const content = (
      <>
        {entry.icon}
        <span className="flex-1">{entry.label}</span>
        {entry.shortcut === undefined ? null : <kbd className="font-sans text-meta text-muted">{entry.shortcut}</kbd>}
      </>
    )
    const shared = { className, onSelect: entry.onSelect, disabled: entry.disabled ?? false }
    return entry.checked === undefined ? (
      <Parts.Item key={index} {...shared}>
        {content}
      </Parts.Item>
    ) : (
      <Parts.CheckboxItem key={index} {...shared} checked={entry.checked}>
        {content}
        <span className="size-4.5">
          <Parts.ItemIndicator>
            <Check />
          </Parts.ItemIndicator>
        </span>
      </Parts.CheckboxItem>
    )
  })
}

interface DropdownMenuProps {
  readonly entries: readonly MenuEntry[]
  readonly align?: 'start' | 'center' | 'end'
  /** The button that opens it: one element that takes a ref and props. */
  readonly children: ReactNode
}

/** A menu under a button. */
export function DropdownMenu({ entries, align = 'end', children }: DropdownMenuProps) {
  return (
    <RadixDropdown.Root>
      <RadixDropdown.Trigger asChild>{children}</RadixDropdown.Trigger>
      <RadixDropdown.Portal>
        <RadixDropdown.Content align={align} sideOffset={4} collisionPadding={8} className={CONTENT}>
          <Entries entries={entries} Parts={RadixDropdown} />
        </RadixDropdown.Content>
      </RadixDropdown.Portal>
    </RadixDropdown.Root>
  )
}

interface ContextMenuProps extends Omit<DropdownMenuProps, 'align'> {
  /** Before the focus goes back to where it was, which `preventDefault` prevents. */
  readonly onCloseAutoFocus?: (event: Event) => void
}

/** The menu of the secondary button, a long press or the menu key. */
export function ContextMenu({ entries, onCloseAutoFocus, children }: ContextMenuProps) {
  return (
    <RadixContext.Root>
      <RadixContext.Trigger asChild>{children}</RadixContext.Trigger>
      <RadixContext.Portal>
        <RadixContext.Content
          collisionPadding={8}
          className={CONTENT}
          {...(onCloseAutoFocus === undefined ? {} : { onCloseAutoFocus })}
        >
          <Entries entries={entries} Parts={RadixContext} />
        </RadixContext.Content>
      </RadixContext.Portal>
    </RadixContext.Root>
  )
}
