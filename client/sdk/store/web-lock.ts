/** The part of `navigator.locks` that is used: a test or another platform can bring its own. */
export interface ExclusiveLocks {
  request(
    name: string,
    options: { readonly mode: 'exclusive'; readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    callback: (lock: unknown) => Promise<void> | undefined,
  ): Promise<unknown>
}

export interface HeldLock {
  /** Resolves when another can take the lock. Idempotent. */
  release(): Promise<void>
}

/**
 * Takes a Web Lock exclusively and holds it until released; `undefined` when another holds it for longer than `waitMs`.
 *
 * @param onStolen called if the platform takes the lock away (`steal`), after which it protects nothing
 */
export async function holdLock(
  locks: ExclusiveLocks,
  name: string,
  waitMs: number,
  onStolen: () => void,
): Promise<HeldLock | undefined> {
  const patience = new AbortController()
  const timer = waitMs > 0 ? setTimeout(() => patience.abort(), waitMs) : undefined
  let ended: Promise<unknown> = Promise.resolve()
  let finish: (() => void) | undefined
  try {
    finish = await new Promise<(() => void) | undefined>((resolve, reject) => {
      ended = locks.request(
        name,
        waitMs > 0 ? { mode: 'exclusive', signal: patience.signal } : { mode: 'exclusive', ifAvailable: true },
        (lock) => (lock === null ? undefined : new Promise<void>((release) => resolve(release))),
      )
      // Settles before a grant when the lock is taken (ifAvailable) or the wait was aborted.
      ended.then(() => resolve(undefined), reject)
    })
  } catch (error) {
    if (patience.signal.aborted) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
  if (finish === undefined) return undefined
  const release = finish
  const settled = ended.then(
    () => undefined,
    () => onStolen(),
  )
  return {
    release: () => {
      release()
      return settled
    },
  }
}
