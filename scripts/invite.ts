/** `npm run invite`: makes a code that admits accounts to a relay with REGISTRATION=invite, and prints it. */

import { createHash, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openDatabase } from '#db/client.ts'
import { createInvite } from '#db/queries/invites.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { dataFolders } from './lib/folders.ts'
import { withDatabase } from './lib/running-database.ts'

const DAY_MS = 86_400_000

/** Without characters that pass for one another; 32 of them, so that an octet's low bits choose evenly. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz023456789'

/** 80 random bits, in groups that can be read out. */
function newCode(): string {
  const letters = Array.from(randomBytes(16), (octet) => ALPHABET.charAt(octet % 32))
  return (letters.join('').match(/.{4}/g) ?? []).join('-')
}

function parseCount(name: string, text: string, max: number): number {
  const count = Number(text)
  if (!/^\d{1,9}$/.test(text) || count < 1 || count > max)
    throw new Failure(`--${name} must be a number from 1 to ${max}.`)
  return count
}

await runCommand(async () => {
  const { values } = parseArgs({
    options: { uses: { type: 'string', default: '1' }, days: { type: 'string', default: '7' } },
  })
  const uses = parseCount('uses', values.uses, 1_000_000)
  const days = parseCount('days', values.days, 3_650)
  const code = newCode()
  const { env } = process
  await withDatabase(dataFolders(env['DATA_DIR']), env['DATABASE_URL'], async (variables) => {
    const db = openDatabase({
      url: variables.DATABASE_URL,
      fetchEndpoint: variables.DATABASE_HTTP_ENDPOINT,
      timeoutMs: 30_000,
    })
    const now = Date.now()
    const codeHash = createHash('sha256').update(code).digest()
    const correlationId = randomBytes(16).toString('hex')
    await createInvite(db, { codeHash, uses, expiresAt: now + days * DAY_MS, correlationId }, now)
  })
  process.stdout.write(`${code}\n`)
  process.stderr.write(
    `Admits ${uses === 1 ? 'one account' : `${uses} accounts`}, for ${days === 1 ? 'a day' : `${days} days`}.\n`,
  )
})
process.exit()
