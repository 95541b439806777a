import type { CommandFailure } from '../engine/api.ts'

export type FailureCode = CommandFailure['code']

/** What a rejected command says; anything else that is thrown is `internal`. */
export function failureCode(error: unknown): FailureCode {
  const code = (error as { code?: unknown } | undefined | null)?.code
  return typeof code === 'string' ? (code as FailureCode) : 'internal'
}
