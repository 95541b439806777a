/** Many calls at once, of which a few may take much longer than the others. */

export interface Patience {
  /** How long all are waited for. Milliseconds. */
  readonly after: number
  /** So few of them are left behind then. When it is more, everything is slow, and all are waited for. */
  readonly atMost: number
}

/**
 * Outcomes in the order of the calls, which do not reject; `undefined` of those that were left behind. These go on.
 */
export async function withoutStragglers<T>(
  calls: readonly Promise<T>[],
  { after, atMost }: Patience,
): Promise<readonly (T | undefined)[]> {
  const outcomes = calls.map((): T | undefined => undefined)
  const { promise, resolve } = Promise.withResolvers<readonly (T | undefined)[]>()
  let left = calls.length
  let isLate = false
  const look = () => {
    // A copy: what comes later changes nothing any more.
    if (left === 0 || (isLate && left <= atMost)) resolve([...outcomes])
  }
  const timer = setTimeout(() => {
    isLate = true
    look()
  }, after)
  const wait = async (call: Promise<T>, at: number) => {
    outcomes[at] = await call
    left -= 1
    look()
  }
  for (const [at, call] of calls.entries()) void wait(call, at)
  look()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}
