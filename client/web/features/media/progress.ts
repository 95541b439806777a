import type { MediaStatus } from '#sdk/index.ts'

/** How much of a file has come or gone: 0 to 1. */
export function shareOf(status: MediaStatus | undefined): number {
  if (status?.state === 'here') return 1
  return status !== undefined && 'total' in status ? status.done / status.total : 0
}
