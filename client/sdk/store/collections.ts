import type { Collection } from './store.ts'

/** Every collection, as a value. The compiler refuses a name that is missing here or that the type does not have. */
const NAMES: Record<Collection, true> = {
  meta: true,
  session: true,
  identity: true,
  prekey: true,
  deviceList: true,
  outbox: true,
  message: true,
  conversation: true,
  received: true,
  quarantine: true,
  username: true,
  group: true,
  groupState: true,
  keyPackage: true,
  profile: true,
  expiry: true,
  media: true,
}

export const COLLECTIONS = Object.keys(NAMES) as readonly Collection[]

export function isCollection(name: unknown): name is Collection {
  return typeof name === 'string' && Object.hasOwn(NAMES, name)
}
