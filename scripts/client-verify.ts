/**
 * `npm run client:verify -- <url>`: whether the web client that a relay serves is the one that stands in its key log. Reads the manifest, has
 * the log prove it, and compares every file. `--key` says which log it has to be; otherwise the relay's word is taken for it. `--build <folder>`
 * compares with a build of one's own, too (`dist/web` after `npm run build`).
 *
 * Exit code: 0 confirmed, 1 could not be verified, 2 wrong.
 */

import { parseArgs } from 'node:util'
import { Failure, runCommand } from './lib/failure.ts'
import { WrongClientError, verifyClient } from './lib/verify-client.ts'

const WRONG = 2

const say = (text: string): void => void process.stdout.write(`${text}\n`)

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { key: { type: 'string' }, build: { type: 'string' } },
  })
  const [address, ...more] = positionals
  if (address === undefined || more.length > 0 || !URL.canParse(address))
    throw new Failure('Name one relay: npm run client:verify -- https://relay.example [--key VKEY] [--build FOLDER]')
  try {
    const verified = await verifyClient(new URL(address), values.key, values.build)
    const { key, isAnnounced, log, size, sequence, files, digest } = verified
    say(`Confirmed: build ${sequence} of ${log}, in its log of ${size} leaves. ${files} files, manifest ${digest}.`)
    if (isAnnounced) say(`The relay's own word was taken for the log's key: ${key}`)
  } catch (error) {
    if (!(error instanceof WrongClientError)) throw error
    process.stderr.write(`Wrong: ${error.message}\n`)
    process.exitCode = WRONG
  }
})
