/**
 * `npm run audit:verify`: reads the whole audit log, and says what in it was edited, deleted, inserted or reordered. Exit code 1
 * when anything was, or when it cannot tell. Changes nothing.
 */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { headLine, headPublicKey, positionLine, readKept } from '#db/audit/heads.ts'
import type { AuditReport, Finding } from '#db/audit/report.ts'
import { verifyAudit } from '#db/audit/verify.ts'
import { openDatabase } from '#db/client.ts'
import { toBase64url } from '#protocol/bytes.ts'
import { connectDatabase, type DatabaseVariables } from './lib/database.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { type DataFolders, dataFolders } from './lib/folders.ts'
import { withDatabase } from './lib/running-database.ts'
import { loadAuditSigningKey } from './lib/secrets.ts'

/** Findings that are printed. */
const SHOWN = 100

const MEANINGS: Record<Finding['name'], string> = {
  edited: 'does not have the content that its hash, or the next entry, says',
  deleted: 'is missing',
  inserted: 'was put in: nothing in the chain leads to it',
  reordered: 'stands where another entry belongs',
  truncated: 'is missing at the end',
  positionMismatch: 'is not the one that was kept',
  headMismatch: 'does not say what the entries say',
  headUnsigned: 'is signed by none of the public keys',
  headMissing: 'is missing',
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

function describe(finding: Finding): string {
  const { name } = finding
  if ('day' in finding)
    return `${name}: the head of ${finding.day}${finding.kept ? ', as it was kept,' : ''} ${MEANINGS[name]}`
  if (!('to' in finding) || finding.from === finding.to) return `${name}: entry ${finding.from} ${MEANINGS[name]}`
  return `${name}: each of the entries ${finding.from} to ${finding.to} ${MEANINGS[name]}`
}

/** Prints what was found, and what to keep for the next time. */
function print({ findings, entries, heads, newestHead, position, unsealedDays }: AuditReport): void {
  for (const finding of findings.slice(0, SHOWN)) say(describe(finding))
  if (findings.length > SHOWN) say(`…and ${findings.length - SHOWN} more`)
  say(
    `${entries} entries, ${heads} signed heads: ${findings.length === 0 ? 'nothing wrong' : `${findings.length} findings`}.`,
  )
  if (unsealedDays.length > 0) say(`Days that no signed head covers yet: ${unsealedDays.join(', ')}.`)
  say('To keep elsewhere, and to be given by --head the next time:')
  if (newestHead) say(headLine(newestHead))
  say(positionLine(position))
}

/** Those that were given; else that of the relay on this machine. */
async function publicKeysFor(given: readonly string[], folders: DataFolders, isLocal: boolean): Promise<Uint8Array[]> {
  const keys = given.flatMap((list) => list.split(',')).map((key) => key.trim())
  const wrong = keys.find((key) => !/^[\w-]{43}$/.test(key))
  if (wrong !== undefined) throw new Failure(`"${wrong}" is no public key: it has 43 characters of base64url.`)
  if (keys.length > 0) return keys.map((key) => Buffer.from(key, 'base64url'))
  if (!isLocal || !existsSync(join(folders.secrets, 'audit-signing-key'))) {
    throw new Failure('AUDIT_PUBLIC_KEY is not set: the public key of the audit log, as npm run deploy printed it.')
  }
  return [headPublicKey(Buffer.from(await loadAuditSigningKey(folders.secrets), 'base64url'))]
}

async function readFiles(files: readonly string[]): Promise<string> {
  const texts = files.map((file) =>
    readFile(file, 'utf8').catch((error: unknown) => {
      throw new Failure(`${file} cannot be read: ${(error as Error).message}`)
    }),
  )
  const text = (await Promise.all(texts)).join('\n')
  const { heads, positions } = readKept(text)
  if (files.length > 0 && heads.length + positions.length === 0) {
    throw new Failure(`There is no head of an audit log in ${files.join(', ')}.`)
  }
  return text
}

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      head: { type: 'string', multiple: true, default: [] },
      key: { type: 'string', multiple: true, default: [] },
    },
  })
  const { env } = process
  const folders = dataFolders(env['DATA_DIR'])
  const url = env['DATABASE_URL']
  const given = values.key.length > 0 ? values.key : env['AUDIT_PUBLIC_KEY'] ? [env['AUDIT_PUBLIC_KEY']] : []
  const publicKeys = await publicKeysFor(given, folders, !url)
  const kept = readKept(await readFiles(values.head))
  const verify = ({ DATABASE_URL, DATABASE_HTTP_ENDPOINT }: DatabaseVariables): Promise<AuditReport> =>
    verifyAudit(openDatabase({ url: DATABASE_URL, fetchEndpoint: DATABASE_HTTP_ENDPOINT, timeoutMs: 60_000 }), {
      publicKeys,
      kept,
    })
  let report: AuditReport
  if (url) {
    // Not migrated before: an auditor's role may only read.
    const database = await connectDatabase(url)
    try {
      report = await verify(database.variables)
    } finally {
      await database.close()
    }
  } else report = await withDatabase(folders, undefined, verify)
  print(report)
  say(`Public key: ${publicKeys.map((key) => toBase64url(key)).join(', ')}`)
  if (report.findings.length > 0) process.exitCode = 1
})
process.exit()
