import { useLingui } from '@lingui/react/macro'
import { Bold, Code, EyeOff, Italic, Strikethrough } from 'lucide-react'
import { Toolbar } from 'radix-ui'
import { IconButton } from '../../kit/index.ts'
import { STYLE_KEYS } from './shortcuts.ts'
import type { Style } from './style-ranges.ts'

const ICONS = { bold: Bold, italic: Italic, strikethrough: Strikethrough, monospace: Code, spoiler: EyeOff } as const
const STYLES = Object.keys(ICONS) as Style[]
const APPLE = /Mac|iPhone|iPad/.test(navigator.platform)

function keysOf(style: Style): string {
  const { key, shift } = STYLE_KEYS[style]
  return APPLE ? `${shift ? '⇧' : ''}⌘${key.toUpperCase()}` : `Ctrl+${shift ? 'Shift+' : ''}${key.toUpperCase()}`
}

interface FormattingBarProps {
  readonly active: ReadonlySet<Style>
  readonly onToggle: (style: Style) => void
}

/** The styles of the selected text, or of what is typed next. */
export function FormattingBar({ active, onToggle }: FormattingBarProps) {
  const { t } = useLingui()
  const names: { readonly [style in Style]: string } = {
    bold: t`Bold`,
    italic: t`Italic`,
    strikethrough: t`Strikethrough`,
    monospace: t`Monospace`,
    spoiler: t`Spoiler`,
  }
  return (
    <Toolbar.Root aria-label={t`Formatting`} className="mb-1 flex animate-enter gap-0.5 ps-21">
      {STYLES.map((style) => {
        const Icon = ICONS[style]
        return (
          <Toolbar.Button key={style} asChild>
            <IconButton
              label={`${names[style]} (${keysOf(style)})`}
              aria-pressed={active.has(style)}
              className="size-9"
              // The selection, and on a phone the keyboard, stay where they are.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onToggle(style)}
            >
              <Icon />
            </IconButton>
          </Toolbar.Button>
        )
      })}
    </Toolbar.Root>
  )
}
