/**
 * The manifest of the web client: every file of one build, with its hash. The build writes it, the key log has its digest, and so
 * whoever is served the client can tell whether it is what everybody is served (SPEC, "The web client").
 */

import * as v from 'valibot'
import { fromUtf8, toBase64url, utf8 } from './bytes.ts'
import { bytesOf, integer, listOf } from './primitives.ts'
import { sha256 } from '@noble/hashes/sha2.js'

/** Where it is served. It is the one file that it does not name. */
export const CLIENT_MANIFEST_PATH = '/client-manifest.json'

/** Files of one build, and octets of its manifest: several times what there are. */
const MAX_FILES = 4_096
export const CLIENT_MANIFEST_BYTES = 1_024 * 1_024

const ClientFile = v.strictObject({
  /** As it is asked for: from the root, as in an address. */
  path: v.pipe(v.string(), v.regex(/^(\/(?!\.{1,2}(\/|$))[\w.@~+-]+)+$/), v.maxLength(512)),
  bytes: integer(0),
  /** SHA-256. */
  sha256: bytesOf(32),
})
export type ClientFile = v.InferOutput<typeof ClientFile>

const ClientManifest = v.pipe(
  v.strictObject({ format: v.literal(1), files: listOf(ClientFile, MAX_FILES, 1) }),
  v.check(
    ({ files }) => files.every(({ path }, at) => at === 0 || path > (files[at - 1]?.path ?? '')),
    'not by ascending path',
  ),
)
export type ClientManifest = v.InferOutput<typeof ClientManifest>

/** A file's entry. */
export function clientFile(path: string, content: Uint8Array): ClientFile {
  return { path, bytes: content.length, sha256: digestOf(content) }
}

/** The octets of a manifest of these files. Throws a `ValiError` where they are none. */
export function writeClientManifest(files: readonly ClientFile[]): Uint8Array<ArrayBuffer> {
  const ordered = files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const manifest: ClientManifest = { format: 1, files: ordered }
  return utf8(`${JSON.stringify(v.parse(ClientManifest, manifest), null, 1)}\n`)
}

/** Reads a manifest. `undefined` for anything else. */
export function readClientManifest(bytes: Uint8Array): ClientManifest | undefined {
  if (bytes.length > CLIENT_MANIFEST_BYTES) return undefined
  try {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ClientManifest), fromUtf8(bytes))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** SHA-256 of octets, as the log and the manifest have it. */
export function digestOf(bytes: Uint8Array): string {
  return toBase64url(sha256(bytes))
}
