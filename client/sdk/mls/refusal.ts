/** Why something that another member, or the relay, handed over was not taken. Nothing has changed then. */

/**
 * - `outOfOrder`: not the entry after the last one that was taken; fetch.
 * - `commitInvalid`: not a commit that members of this group could have made (RFC 9420).
 * - `credentialInvalid`: a leaf is not vouched for by a device of its account (SPEC, U-2).
 * - `changeMismatch`: the commit does something else than was said openly with it (U-4).
 * - `notAllowed`: its sender may not make that change (U-3).
 * - `sendKeyMismatch`: the epoch's sending key is another one than the relay was told (U-5).
 * - `bindingMismatch`: the octets were made for another message id (U-4, U-6).
 * - `messageInvalid`: an application message that cannot be decrypted, or was read before.
 * - `keyPackageInvalid`, `welcomeInvalid`, `linkInvalid`: not what it claims to be.
 */
export type RefusalCode =
  | 'outOfOrder'
  | 'commitInvalid'
  | 'credentialInvalid'
  | 'changeMismatch'
  | 'notAllowed'
  | 'sendKeyMismatch'
  | 'bindingMismatch'
  | 'messageInvalid'
  | 'keyPackageInvalid'
  | 'welcomeInvalid'
  | 'linkInvalid'

/** A refusal as a value. `reason` is for logs and tests; it holds no secret and no plaintext. */
export interface Refusal {
  readonly refused: RefusalCode
  readonly reason: string
}

/** A refusal on its way to where it becomes a value. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly code: RefusalCode
  constructor(code: RefusalCode, reason: string) {
    super(reason)
    this.code = code
  }
}

/** Whether a result is a refusal. */
export function isRefusal(result: object): result is Refusal {
  return 'refused' in result
}

/** Something that this device could not find out, such as a device list while offline: no verdict on the input. */
class Unanswered extends Error {
  override readonly name = 'Unanswered'
  constructor(cause: unknown) {
    super('a question to the application was not answered', { cause })
  }
}

/** Asks the application. What it throws passes through {@link refusing} as it is. */
export async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question()
  } catch (error) {
    throw new Unanswered(error)
  }
}

/**
 * Runs `step` on hostile input. Whatever fails in it is a refusal, by `code` unless it names its own: the library
 * throws errors of many kinds at malformed input, a `TypeError` among them.
 *
 * @throws what the application threw when it was asked
 */
export async function refusing<T extends object>(code: RefusalCode, step: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof Unanswered) throw error.cause
    if (error instanceof RefusedError) return { refused: error.code, reason: error.message }
    return { refused: code, reason: error instanceof Error ? error.message : String(error) }
  }
}
