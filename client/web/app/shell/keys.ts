/** What a key press asks of the shell. */
export type ShellCommand =
  | { readonly do: 'help' | 'search' }
  | { readonly do: 'nextSection' | 'previousSection' }
  | { readonly do: 'nextConversation' | 'previousConversation' }
  | { readonly do: 'conversation'; readonly index: number }

export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
}

/**
 * The shell's commands by key. `typing`: focus is where characters go, so that a plain character is text. Digits go by
 * their place on the keyboard, because Alt and Ctrl change the character on some layouts.
 */
export function shellCommand(press: KeyPress, typing: boolean): ShellCommand | undefined {
  const { key, code, altKey, shiftKey } = press
  const control = press.ctrlKey || press.metaKey
  if (key === 'F6' && !altKey && !control) return { do: shiftKey ? 'previousSection' : 'nextSection' }
  if (altKey && !control && !shiftKey && key === 'ArrowDown') return { do: 'nextConversation' }
  if (altKey && !control && !shiftKey && key === 'ArrowUp') return { do: 'previousConversation' }
  if (key.toLowerCase() === 'k' && control && !altKey && !shiftKey) return { do: 'search' }
  if (key === '/' && control && !altKey) return { do: 'help' }
  if (key === '?' && !typing && !altKey && !control) return { do: 'help' }
  const digit = /^Digit([1-9])$/.exec(code)?.[1]
  if (digit !== undefined && !shiftKey && control !== altKey) return { do: 'conversation', index: Number(digit) - 1 }
  return undefined
}
