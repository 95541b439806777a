/** Names the build: sixteen hexadecimal digits, or `development`. */
declare const __BUILD_ID__: string

declare module '*.po' {
  import type { Messages } from '@lingui/core'
  export const messages: Messages
}

declare module 'virtual:emoji' {
  // eslint-disable-next-line typescript/consistent-type-imports -- with an import of its own, this file would declare nothing for others
  const packed: import('./features/composer/emoji-packed.ts').PackedEmojis
  export default packed
}
