/** Rounds of the same load on the floor and on the relays, in turn, so that a disturbance meets all of them alike. */

import type { Generator } from './load/generator.ts'
import type { Target } from './load/commands.ts'
import { cpuSeconds } from './machine.ts'
import { quantile } from './statistics.ts'
import type { Workerd } from './workerd.ts'

export interface Subject {
  readonly name: string
  readonly target: Target
  readonly server: Workerd
  /** Each has one of its own: the pairs of one stay idle while another works. */
  readonly generator: Generator
}

export interface Plan {
  readonly rounds: number
  readonly pairs: number
  readonly hops: number
  readonly seconds: number
}

/** One figure of each round, by name. */
export type Figures = Map<string, number[]>

export const WINDOWS = [1, 16] as const

/** Runs all rounds. The figures of each subject are in its order. */
export async function runRounds(subjects: readonly Subject[], plan: Plan): Promise<Figures[]> {
  await Promise.all(
    subjects.map(({ generator, target, server }) =>
      generator.run('connect', { target, port: server.port, count: plan.pairs }),
    ),
  )
  const figures = subjects.map((): Figures => new Map())
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [at, subject] of subjects.entries()) {
      const own = figures[at]
      if (own) await runOne(subject, plan, (name, value) => own.set(name, [...(own.get(name) ?? []), value]))
    }
  }
  return figures
}

async function runOne(
  { generator, target, server }: Subject,
  { hops, seconds }: Plan,
  note: (name: string, value: number) => void,
): Promise<void> {
  const lone = await generator.run('loneHops', { target, port: server.port, hops })
  note('lone hop, p50', quantile(lone.latencies, 0.5))
  note('lone hop, p95', quantile(lone.latencies, 0.95))
  note('lone hop, p99', quantile(lone.latencies, 0.99))
  const warmUp = seconds / 5
  for (const window of WINDOWS) {
    const before = cpuSeconds(server.pid)
    const { perSecond, latencies } = await generator.run('saturate', { target, window, seconds, warmUp })
    const after = cpuSeconds(server.pid)
    note(`window ${window}, throughput`, perSecond)
    note(`window ${window}, latency p50`, quantile(latencies, 0.5))
    if (before !== undefined && after !== undefined) {
      note(`window ${window}, CPU of workerd`, ((after - before) / (warmUp + seconds) / perSecond) * 1e6)
    }
  }
}
