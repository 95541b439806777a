/**
 * A small witness:
 *
 *     node examples/witness/main.ts --name witness.example/one --log <verifier key> [--data .witness] [--port 8790] [--follow <relay>]
 *
 * It answers `POST /add-checkpoint`. With `--follow` it also fetches the relay's published checkpoint each minute, and cosigns it. Its key
 * is made once, in the data folder; what to give to those who trust it, it prints.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { formatVerifierKey, parseVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { noteSigner } from '#protocol/merkle/notes/sign.ts'
import { Failure, runCommand } from '#scripts/lib/failure.ts'
import { readPublished } from '#scripts/lib/published-log.ts'
import { feed } from './feed.ts'
import { openMemory } from './memory.ts'
import { Witness } from './rules.ts'
import { witnessServer } from './server.ts'

const FOLLOW_EVERY_MS = 60_000

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function secretKey(folder: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'key')
  await writeFile(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  })
  const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'base64url')
  if (key.length !== 32) throw new Failure(`${file} is damaged.`)
  return Uint8Array.from(key)
}

/** Cosigns what the relay publishes, for ever. A relay that does not answer is asked again. */
async function follow(relay: URL, witness: Witness): Promise<never> {
  for (;;) {
    const told = await feed(readPublished(relay), (body) => witness.addCheckpoint(body, Date.now())).catch(
      (error: unknown) => `${(error as Error).message}\n`,
    )
    process.stdout.write(told)
    await sleep(FOLLOW_EVERY_MS)
  }
}

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      name: { type: 'string' },
      log: { type: 'string', multiple: true },
      data: { type: 'string', default: '.witness' },
      port: { type: 'string', default: '8790' },
      follow: { type: 'string' },
    },
  })
  const logs = (values.log ?? []).map((text) => {
    const key = parseVerifierKey(text)
    if (key?.kind !== 'log') throw new Failure(`"${text}" is not a verifier key of a log.`)
    return key
  })
  if (values.name === undefined || logs.length === 0) throw new Failure('Name the witness (--name) and a log (--log).')
  if (values.follow !== undefined && !URL.canParse(values.follow))
    throw new Failure(`"${values.follow}" is no address.`)
  const signer = noteSigner(values.name, 'cosignature', await secretKey(values.data))
  const witness = new Witness(signer, logs, await openMemory(join(values.data, 'heads.json')))
  const server = witnessServer(witness).listen(Number(values.port))
  await once(server, 'listening')
  say(`Witness ${formatVerifierKey(signer.key)} listens on port ${values.port}.`)
  if (values.follow !== undefined) await follow(new URL(values.follow), witness)
})
