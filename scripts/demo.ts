/** `npm run demo`: two people, two devices each, one conversation, told step by step. */

import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { OfflineError, RelayError } from '#sdk/node.ts'
import { tellStory } from './demo/story.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { findFreePort } from './lib/ports.ts'
import { type RunningSystem, startSystem } from './lib/system.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function isRelay(url: string): Promise<boolean> {
  const answer = await fetch(new URL('/live', url), { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  return answer?.ok ?? false
}

async function demonstrate(): Promise<void> {
  const { values } = parseArgs({ options: { relay: { type: 'string' }, invite: { type: 'string' } } })
  const wanted = values.relay ?? 'http://localhost:8787'
  const running = await isRelay(wanted)
  if (!running && values.relay !== undefined) throw new Failure(`No relay answers at ${wanted}.`)

  const folder = await mkdtemp(join(tmpdir(), 'silentrelay-demo-'))
  let relayUrl = wanted
  let own: RunningSystem | undefined
  try {
    if (running) {
      say(`The relay: ${wanted}.`)
    } else {
      say(`No relay runs at ${wanted} (npm start); starting one on temporary data for this demonstration…`)
      // Its own settings and database, whatever this shell's environment says.
      const port = await findFreePort()
      own = await startSystem({ host: '127.0.0.1', port, data: join(folder, 'relay'), env: {}, say })
      relayUrl = own.url
    }
    const suffix = String(randomInt(1_000_000)).padStart(6, '0')
    let step = 0
    await tellStory({
      relayUrl,
      folder,
      invite: values.invite,
      suffix,
      say: (text) => say(`${String((step += 1)).padStart(2)}. ${text}`),
    })
    say('All of it worked.')
  } catch (error) {
    if (error instanceof RelayError) throw new Failure(`The relay refused: ${error.code}.`)
    if (error instanceof OfflineError) throw new Failure(`The relay at ${relayUrl} cannot be reached any more.`)
    throw error
  } finally {
    await own?.close()
    await rm(folder, { recursive: true, force: true })
  }
}

await runCommand(demonstrate)
process.exit()
