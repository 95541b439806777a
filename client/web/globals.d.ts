/** Names the build: sixteen hexadecimal digits, or `development`. */
declare const __BUILD_ID__: string

declare module '*.po' {
  import type { Messages } from '@lingui/core'
  export const messages: Messages
}
