import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleWorker } from './bundle.ts'
import { serveWorker, type Served, type ServeOptions } from './miniflare.ts'
import { newRestarts } from './restart.ts'
import { withoutSignalHandlers } from './signals.ts'
import { reapOrphan, rememberProcess, watchRuntime, type Runtime } from './runtime-process.ts'

export interface Edge {
  /** The process id of workerd, as long as it lives. */
  pid(): number
  close(): Promise<void>
}

export interface EdgeOptions extends Omit<ServeOptions, 'script'> {
  /** Says at the terminal that workerd died or is back. */
  say: (text: string) => void
}

/** Serves the Worker, and starts workerd again when it dies, each time after a longer wait. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const pidFile = join(options.folder, 'workerd.pid')
  await reapOrphan(pidFile)
  const script = await bundleWorker()
  const stopping = new AbortController()
  const restarts = newRestarts()

  const serve = async (): Promise<Runtime<Served>> => {
    const started = await watchRuntime(() => withoutSignalHandlers(() => serveWorker({ ...options, script })))
    await rememberProcess(pidFile, started.pid)
    return started
  }
  let runtime = await serve()

  const supervise = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const startedAt = Date.now()
      await runtime.ended
      // Ctrl-C reaches workerd too, and perhaps before this process.
      await sleep(100)
      if (stopping.signal.aborted) return
      // Miniflare starts workerd again by itself, without a wait and once only; this loop does it instead.
      await runtime.value.dispose()
      const delay = restarts.delayAfter(startedAt, Date.now())
      options.say(`workerd ended unexpectedly; starting it again in ${delay / 1_000} s.`)
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      const next = await serve().catch((error: unknown) => {
        options.say(`workerd did not start (${(error as Error).message}).`)
      })
      if (next === undefined) continue
      runtime = next
      options.say('workerd is back.')
    }
  }
  const supervision = supervise()

  return {
    pid: () => runtime.pid,
    async close() {
      stopping.abort()
      await runtime.value.dispose()
      await supervision
      await runtime.value.dispose()
      await reapOrphan(pidFile)
    },
  }
}
