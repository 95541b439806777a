import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readFile, rm, writeFile } from 'node:fs/promises'

export interface Runtime<T> {
  readonly value: T
  readonly pid: number
  /** Settles when workerd is gone, for whatever reason. */
  readonly ended: Promise<void>
}

/** Runs `start` and finds the workerd that it spawned: Miniflare tells nobody when it dies. */
export async function watchRuntime<T>(start: () => Promise<T>): Promise<Runtime<T>> {
  let spawned: ChildProcess | undefined
  const notice = (message: unknown): void => {
    const child = (message as { process: ChildProcess }).process
    // Known only once it is spawned, right after this notice.
    queueMicrotask(() => {
      if (child.spawnfile.includes('workerd')) spawned ??= child
    })
  }
  subscribe('child_process', notice)
  try {
    const value = await start()
    if (spawned?.pid === undefined) throw new Error('no workerd was started')
    const { pid } = spawned
    return {
      value,
      pid,
      ended: spawned.exitCode === null && spawned.signalCode === null ? untilExit(spawned) : Promise.resolve(),
    }
  } finally {
    unsubscribe('child_process', notice)
  }
}

async function untilExit(child: ChildProcess): Promise<void> {
  await once(child, 'exit')
}

/** Remembers the pid, so that {@link reapOrphan} finds the process should this one be killed. */
export async function rememberProcess(file: string, pid: number): Promise<void> {
  await writeFile(file, String(pid), { mode: 0o600 })
}

/**
 * Ends the workerd that a killed `npm start` left behind: it still holds the port and the objects' files. The caller has
 * the lock of the data folder, so no living relay owns it.
 */
export async function reapOrphan(file: string): Promise<void> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''))
  if (pid > 1 && (await isRuntime(pid))) {
    process.kill(pid, 'SIGKILL')
    while (await isRuntime(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await rm(file, { force: true })
}

/** Whether the process is a workerd: its number may belong to another program by now. Only Linux tells. */
async function isRuntime(pid: number): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.split('\0')[0]?.includes('workerd') ?? false
}
