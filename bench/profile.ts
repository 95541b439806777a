/**
 * Where the relay's isolate spends its time under a window of 16: a CPU profile by workerd's inspector, as a table of
 * functions, and for Chrome's developer tools as a file. `node bench/profile.ts [window] [another copy of the source]`.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generator } from './load/generator.ts'
import { startPostgres, startRelay } from './parts.ts'

const INSPECTOR = '127.0.0.1:9329'
const SECONDS = 5

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** One connection to the isolate's inspector (the Chrome DevTools protocol). */
async function inspector(): Promise<(method: string, params?: object) => Promise<object>> {
  const targets = (await (await fetch(`http://${INSPECTOR}/json`)).json()) as { webSocketDebuggerUrl: string }[]
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? '')
  const answers = new Map<number, (result: object) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: object }
    if (id !== undefined) answers.get(id)?.(result ?? {})
  })
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  let last = 0
  return (method, params = {}) =>
    new Promise((resolve) => {
      last += 1
      answers.set(last, resolve)
      socket.send(JSON.stringify({ id: last, method, params }))
    })
}

/** Microseconds in each function itself, most first. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): [string, number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const times = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const frame = byId.get(id)?.callFrame
    const name = frame ? `${frame.functionName || '(anonymous)'}:${frame.lineNumber + 1}` : '(unknown)'
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0))
  }
  return [...times].sort(([, a], [, b]) => b - a)
}

const window = Number(process.argv[2] ?? 16)
const source = process.argv[3]
const folder = await mkdtemp(join(tmpdir(), 'silentrelay-profile-'))
const postgres = await startPostgres(folder)
const relay = await startRelay(folder, postgres, { name: 'relay', persistAfterS: 3_600, source, inspector: INSPECTOR })
const generator = new Generator()
await generator.run('connect', { target: 'relay', port: relay.port, count: 50 })
const load = { target: 'relay', window, warmUp: 1, seconds: SECONDS + 1 } as const
const call = await inspector()
await call('Profiler.enable')
await call('Profiler.setSamplingInterval', { interval: 200 })
const saturated = generator.run('saturate', load)
await new Promise((resolve) => setTimeout(resolve, 1_500))
await call('Profiler.start')
await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
const { profile } = (await call('Profiler.stop')) as { profile: Profile }
const { perSecond } = await saturated
const file = join(tmpdir(), 'relay.cpuprofile')
await writeFile(file, JSON.stringify(profile))

process.stdout.write(`${Math.round(perSecond)} messages a second, window ${window}; microseconds a message:\n`)
for (const [name, time] of selfTimes(profile).slice(0, 40)) {
  process.stdout.write(`${(time / SECONDS / perSecond).toFixed(2).padStart(8)}  ${name}\n`)
}
process.stdout.write(`Written to ${file}.\n`)
generator.close()
await relay.close()
await postgres.close()
await rm(folder, { recursive: true, force: true })
