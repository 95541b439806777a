import { fromBase64url } from '#protocol/bytes.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import { ACCOUNT, accountRecord, parseRecord } from '#sdk/session/records.ts'
import type { Store } from '#sdk/store/store.ts'
import type { About } from '../api.ts'

export async function readAbout(
  store: Store,
  { build, relay }: { readonly build: string; readonly relay: string },
): Promise<About> {
  const [record, storage] = await Promise.all([store.get(ACCOUNT), storageState()])
  const own = record === undefined ? undefined : parseRecord(accountRecord, record)
  return {
    build,
    protocolVersion: PROTOCOL_VERSION,
    relay,
    account: own?.account ?? '',
    identityFingerprint: own === undefined ? [] : hexGroups(fromBase64url(own.identity.publicKey)),
    storage,
  }
}

/** In groups of two octets. */
function hexGroups(octets: Uint8Array): string[] {
  const hex = Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')
  return hex.match(/.{1,4}/g) ?? []
}

async function storageState(): Promise<About['storage']> {
  // Absent outside browsers, whatever the type says.
  const storage = (globalThis.navigator as { readonly storage?: StorageManager } | undefined)?.storage
  if (storage === undefined) return { persisted: false }
  const [persisted, { usage, quota }] = await Promise.all([storage.persisted(), storage.estimate()])
  return { persisted, ...(usage === undefined ? {} : { usage }), ...(quota === undefined ? {} : { quota }) }
}
