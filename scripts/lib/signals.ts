const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** npm passes on the signal that the terminal sent to the whole group: the same Ctrl-C arrives twice. */
const SAME_KEYPRESS_MS = 500

/** Settles at the first SIGINT, SIGTERM or SIGHUP. A later one, should stopping hang, ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined
    const onSignal = (): void => {
      if (askedAt === undefined) {
        askedAt = Date.now()
        resolve()
      } else if (Date.now() - askedAt > SAME_KEYPRESS_MS) {
        process.exit(130)
      }
    }
    for (const signal of SIGNALS) process.on(signal, onSignal)
  })
}

/** Runs `start` and takes away the signal handlers that it installs: Miniflare's end the process before the rest is closed. */
export async function withoutSignalHandlers<T>(start: () => Promise<T>): Promise<T> {
  const before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]))
  try {
    return await start()
  } finally {
    for (const [signal, kept] of before) {
      for (const listener of process.listeners(signal)) if (!kept.includes(listener)) process.off(signal, listener)
    }
  }
}
