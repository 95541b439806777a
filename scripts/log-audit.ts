/**
 * `npm run log:audit -- <url>`: reads the key log that a relay publishes, and computes all of it anew. `--state <file>` keeps what was
 * computed, so that the next run reads only what is new, and finds a log that went back or was forked. `--key` and `--index-key` say
 * which log it has to be; without them, and without a state, the relay's word is taken for it. `--witness` names somebody who cosigns and
 * whom the relay does not name: what nobody known has signed is wrong.
 *
 * Exit code: 0 confirmed, 1 could not be audited, 2 wrong.
 */

import { readFile, rename, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { AuditState, auditLog } from '#protocol/merkle/audit/audit.ts'
import { AUDIT_FAILURES, AuditFailure } from '#protocol/merkle/audit/failures.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { type LogNames, announcedLog, auditedLog, readPublished } from './lib/published-log.ts'

const WRONG = 2

const Kept = v.strictObject({ key: v.string(), indexKey: v.string(), state: AuditState })

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function readState(file: string | undefined): Promise<v.InferOutput<typeof Kept> | undefined> {
  if (file === undefined) return undefined
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
  if (text === undefined) return undefined
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Kept), text)
  if (!parsed.success) throw new Failure(`${file} is not the state of an audit.`)
  return parsed.output
}

async function audit(relay: URL, given: Partial<LogNames>, file: string | undefined): Promise<void> {
  const kept = await readState(file)
  const isKnown = (given.key ?? kept?.key) !== undefined && (given.indexKey ?? kept?.indexKey) !== undefined
  // Who knows the log reads it wherever its files are; of who cosigns it, the relay says what it knows.
  const said = await announcedLog(relay).catch((error: unknown) => {
    if (!isKnown || !(error instanceof Failure)) throw error
  })
  const announced = isKnown ? undefined : said
  const names = {
    key: given.key ?? kept?.key ?? announced?.key ?? '',
    indexKey: given.indexKey ?? kept?.indexKey ?? announced?.indexKey ?? '',
  }
  if (kept !== undefined && (kept.key !== names.key || kept.indexKey !== names.indexKey)) {
    throw new Failure(`${file} is of another log.`)
  }
  const witnesses = [...new Set([...(given.witnesses ?? []), ...(said?.witnesses ?? [])])]
  const log = auditedLog({ ...names, witnesses })
  const { size, fresh, accounts, epoch, state } = await auditLog(log, readPublished(relay), kept?.state)
  if (file !== undefined) {
    // Under its name only once it is complete.
    await writeFile(`${file}.new`, JSON.stringify({ ...names, state }), { flush: true })
    await rename(`${file}.new`, file)
  }
  say(
    `Confirmed: ${log.origin}, ${size} leaves (${fresh} new), ${accounts} accounts, epoch ${epoch}, root ${state.root}.`,
  )
  if (announced !== undefined)
    say(`The relay's own word was taken for its key: ${names.key}, index key ${names.indexKey}.`)
}

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      'index-key': { type: 'string' },
      state: { type: 'string' },
      witness: { type: 'string', multiple: true },
    },
  })
  const [address, ...more] = positionals
  if (address === undefined || more.length > 0 || !URL.canParse(address)) {
    throw new Failure(
      'Name one relay: npm run log:audit -- https://relay.example [--state FILE] [--key VKEY --index-key KEY] [--witness VKEY]',
    )
  }
  const { key, 'index-key': indexKey, state, witness: witnesses } = values
  try {
    await audit(new URL(address), { ...(key && { key }), ...(indexKey && { indexKey }), witnesses }, state)
  } catch (error) {
    if (!(error instanceof AuditFailure)) throw error
    process.stderr.write(`Wrong: ${error.failure}, at ${error.where}. ${AUDIT_FAILURES[error.failure]}\n`)
    process.exitCode = WRONG
  }
})
