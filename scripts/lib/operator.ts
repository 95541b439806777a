/** Asking a relay what only its operator may: of the one that runs on this machine; or, with RELAY_URL and OPERATOR_SECRET, of any. */

import * as v from 'valibot'
import { Failure } from './failure.ts'
import { dataFolders } from './folders.ts'
import { parsePort } from './ports.ts'
import { loadOperatorSecret } from './secrets.ts'

/** The answer. Throws {@link Failure} where there is none, or another than it should be. */
export async function askAsOperator<T extends v.GenericSchema>(
  path: string,
  body: object,
  answer: T,
): Promise<v.InferOutput<T>> {
  const { env } = process
  const url = env['RELAY_URL'] || `http://127.0.0.1:${parsePort(env['PORT'], 8787)}`
  const given = env['OPERATOR_SECRET']
  if (env['RELAY_URL'] && !given) throw new Failure('OPERATOR_SECRET is not set: the secret of that relay.')
  const secret = given || (await loadOperatorSecret(dataFolders(env['DATA_DIR']).secrets))
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new Failure(`No relay answers at ${url}: ${(error as Error).message}.`)
  })
  const parsed = v.safeParse(answer, await response.json().catch(() => undefined))
  if (!parsed.success) throw new Failure(`The relay answered with status ${response.status}.`)
  return parsed.output
}
