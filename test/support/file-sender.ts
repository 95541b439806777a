/**
 * A device that sends one file, in a process of its own, so that it can be killed while it does: after two of the file's
 * parts are stored, its network stands still, and it says so.
 *
 *     node test/support/file-sender.ts RELAY FOLDER CONVERSATION FILE
 */

import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import { openEngine, openFileMediaStore, openFileStore } from '#sdk/node.ts'

const [relayUrl = '', folder = '', conversation = '', path = ''] = process.argv.slice(2)
const PARTS = 2

let puts = 0
const engine = await openEngine({
  relayUrl,
  store: await openFileStore(join(folder, 'store.sqlite')),
  mediaStore: openFileMediaStore(join(folder, 'media')),
  fetch: (url, init) => {
    puts += init.method === 'PUT' && !url.startsWith(`${relayUrl}/v1/`) ? 1 : 0
    return puts > PARTS ? new Promise(() => undefined) : fetch(url, init)
  },
})
let stored = 0
engine.on('mediaStatus', ({ status }) => {
  if (status.state !== 'uploading' || status.waits !== undefined) return
  stored += 1
  if (stored === PARTS) process.stdout.write('half of it is stored\n')
})
await engine.connect()
await engine.sendFiles(conversation, [
  { file: await openAsBlob(path), view: 'file', type: 'application/zip', name: 'a.zip' },
])
