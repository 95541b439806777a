/** Where accounts stand in the log's map: asked for blindly, many at once, and kept. */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { keyLogIndexes } from '#protocol/http/key-log.ts'
import { blind, finalise, indexFromOutput, indexInput } from '#protocol/merkle/index-oprf.ts'
import type { Auth } from '../auth.ts'

/**
 * The indexes of accounts, at most `KEY_LOG_LIMITS.indexesPerRequest`, in base64url. `undefined` when the answer does not
 * prove that they were computed under the index key.
 *
 * @throws RelayError, OfflineError, UnexpectedAnswerError
 */
export async function fetchIndexes(
  auth: Auth,
  indexKey: string,
  accounts: readonly string[],
): Promise<Map<string, string> | undefined> {
  const blinded = accounts.map((account) => blind(indexInput(account)))
  const elements = blinded.map((input) => toBase64url(input.blinded))
  const { evaluated, proof } = await auth.call(keyLogIndexes, { elements })
  const answer = { evaluated: evaluated.map(fromBase64url), proof: fromBase64url(proof) }
  const outputs = finalise(blinded, fromBase64url(indexKey), answer)
  if (outputs === undefined) return undefined
  return new Map(outputs.map((output, at) => [accounts[at] ?? '', toBase64url(indexFromOutput(output))]))
}
