/**
 * What an isolate spends before it can answer its first request: `node bench/startup.ts [runs]` writes
 * `bench/results/startup.json`. `wrangler check startup` bundles the Worker as a deployment does and profiles workerd while
 * it evaluates the module; counted is what was not idle, the runtime's own work included. Goal: at most 50 ms.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { wrangler } from '#scripts/lib/wrangler.ts'
import { alone } from './goals.ts'
import { describeMachine } from './machine.ts'
import { table } from './report.ts'

const RUNS = Number(process.argv[2] ?? 9)

/** The parts of a V8 CPU profile that are needed: which function each sample was in, and for how long (µs). */
const Profile = v.object({
  nodes: v.array(v.object({ id: v.number(), callFrame: v.object({ functionName: v.string() }) })),
  samples: v.array(v.number()),
  timeDeltas: v.array(v.number()),
})

/** Milliseconds that a profile was busy, and of these in functions, which the bundle's own evaluation is. */
function busy({ nodes, samples, timeDeltas }: v.InferOutput<typeof Profile>): { active: number; evaluating: number } {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]))
  let [active, evaluating] = [0, 0]
  for (const [at, id] of samples.entries()) {
    const ms = (timeDeltas[at] ?? 0) / 1_000
    const name = names.get(id)
    if (name === '(idle)') continue
    active += ms
    if (name !== '(program)') evaluating += ms
  }
  return { active, evaluating }
}

const machine = describeMachine()
const folder = await mkdtemp(join(tmpdir(), 'silentrelay-startup-'))
try {
  const runs: { active: number; evaluating: number }[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const file = join(folder, `${run}.cpuprofile`)
    const { code, output } = await wrangler(['check', 'startup', '--outfile', file], false)
    if (code !== 0) throw new Error(output)
    runs.push(busy(v.parse(Profile, JSON.parse(await readFile(file, 'utf8')))))
  }
  const measures = [
    alone(
      'start-up of the Worker',
      'ms',
      runs.map(({ active }) => active),
    ),
    alone(
      'of it, evaluating the bundle',
      'ms',
      runs.map(({ evaluating }) => evaluating),
    ),
  ]
  process.stdout.write(`${table(measures)}\n`)
  const result = { at: new Date().toISOString(), command: `node bench/startup.ts ${RUNS}`, machine, measures }
  await writeFile(join(import.meta.dirname, 'results/startup.json'), `${JSON.stringify(result, undefined, 2)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
