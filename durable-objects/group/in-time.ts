/** `promise`, or a rejection when it takes longer than `ms`. What it does goes on. */
export async function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new TimeoutError()), ms)
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  constructor() {
    super('The call took too long.')
  }
}
