import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'

/** At the start, a larger log makes room for a new one; one older log is kept. */
const MAX_BYTES = 10 * 1024 * 1024

/** The same warning is shown at the terminal once in this time; the log has every one. */
const REPEAT_AFTER_MS = 30_000

export interface EdgeLog {
  readonly file: string
  /** One line; a warning or an error is also shown at the terminal. */
  write(level: string, line: string): void
  close(): Promise<void>
}

/** `edge.log` in `folder`, a JSON object per line as the Worker writes them. `show` prints at the terminal. */
export async function openEdgeLog(folder: string, show: (line: string) => void): Promise<EdgeLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'edge.log')
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size > MAX_BYTES) await rename(file, `${file}.1`)
  const stream: WriteStream = createWriteStream(file, { flags: 'a', mode: 0o600 })
  await once(stream, 'open')
  const shown = new Map<string, number>()
  return {
    file,
    write(level, line) {
      stream.write(`${line}\n`)
      if (level !== 'warn' && level !== 'error') return
      const text = summary(level, line)
      const now = Date.now()
      if (now - (shown.get(text) ?? -Infinity) < REPEAT_AFTER_MS) return
      shown.set(text, now)
      show(text)
    },
    async close() {
      stream.end()
      await once(stream, 'close')
    },
  }
}

/** `warn: ready.database.failed (DatabaseUnavailableError)` for a line of the Worker; anything else as it came. */
function summary(level: string, line: string): string {
  try {
    const fields = JSON.parse(line) as { event?: unknown; error?: unknown; code?: unknown }
    if (typeof fields.event !== 'string') return `${level}: ${line}`
    const why = [fields.code, fields.error].filter((value) => typeof value === 'string').join(', ')
    return why === '' ? `${level}: ${fields.event}` : `${level}: ${fields.event} (${why})`
  } catch {
    return `${level}: ${line}`
  }
}
