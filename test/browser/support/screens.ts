import { BEFORE } from './screens/before.ts'
import { CONTACT } from './screens/contact.ts'
import { CONVERSATIONS } from './screens/conversation.ts'
import { GROUPS } from './screens/group.ts'
import { LIST, UNUSUAL } from './screens/list.ts'
import type { Screen } from './screens/screen.ts'
import { SETTINGS } from './screens/settings.ts'

/** Every screen and every overlay that matters, in an order in which few have to be loaded anew. */
export const SCREENS: readonly Screen[] = [
  ...BEFORE,
  ...UNUSUAL,
  ...LIST,
  ...CONVERSATIONS,
  ...GROUPS,
  ...CONTACT,
  ...SETTINGS,
]
