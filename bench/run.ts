/**
 * `npm run bench`: the real Worker and the floor, served by workerd itself, under the same load in turn. Prints a table
 * and writes it, with what it was measured on, to `bench/results/`. `--quick` takes less than a minute and tells less.
 */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Measure, alone, compared } from './goals.ts'
import { Generator } from './load/generator.ts'
import { describeMachine } from './machine.ts'
import { clientMeasures, runOthers } from './others.ts'
import { startFloor, startPostgres, startRelay } from './parts.ts'
import { table } from './report.ts'
import { type Subject, runRounds } from './rounds.ts'

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, output: { type: 'string' } },
})

const FULL = { rounds: 4, pairs: 50, hops: 500, seconds: 2, drains: 3, accounts: 30, envelopes: 10_000 }
const QUICK = { rounds: 2, pairs: 20, hops: 200, seconds: 1, drains: 1, accounts: 10, envelopes: 10_000 }
/** Long after the run has ended: the drain to Postgres stays out of the way. */
const NEVER_S = 3_600

const plan = flags.quick ? QUICK : FULL
const startedAt = new Date()
const machine = describeMachine()

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** An inbox that waited, and what an account's life begins with: of the relay alone. */
async function lifecycle(generator: Generator, port: number): Promise<Measure[]> {
  const drains = []
  for (let at = 0; at < plan.drains; at += 1) {
    drains.push(await generator.run('drainInbox', { port, envelopes: plan.envelopes }))
  }
  const registration = await generator.run('register', { port, count: plan.accounts })
  const login = await generator.run('logIn', undefined)
  const connection = await generator.run('openSockets', undefined)
  return [
    alone(
      'first page of a full inbox',
      'ms',
      drains.map(({ firstPage }) => firstPage),
    ),
    alone(
      'full inbox, drained',
      '/s',
      drains.map(({ envelopes, total }) => (envelopes / total) * 1_000),
    ),
    alone('ticket, socket, hello to caughtUp', 'ms', connection.times),
    alone('login', 'ms', login.times),
    alone('registration with 100 prekeys', 'ms', registration.times),
  ]
}

const folder = await mkdtemp(join(tmpdir(), 'silentrelay-bench-'))
say('Starting the floor, the relay, and a second relay that copies every envelope to Postgres.')
const postgres = await startPostgres(folder)
const floor = await startFloor(folder)
const relay = await startRelay(folder, postgres, { name: 'relay', persistAfterS: NEVER_S })
const archiving = await startRelay(folder, postgres, { name: 'archiving', persistAfterS: 0 })
const subjects = [
  { name: 'floor', target: 'floor', server: floor, generator: new Generator() },
  { name: 'relay', target: 'relay', server: relay, generator: new Generator() },
  { name: 'archiving', target: 'relay', server: archiving, generator: new Generator() },
] as const satisfies readonly Subject[]

try {
  say(`${plan.rounds} rounds of each in turn, ${plan.pairs} pairs.`)
  const [onFloor, onRelay, whileArchiving] = await runRounds(subjects, plan)
  if (!onFloor || !onRelay || !whileArchiving) throw new Error('a subject without figures')
  const measures = {
    relay: compared(onRelay, onFloor),
    lifecycle: await lifecycle(subjects[1].generator, relay.port),
    // To show the cost: the goals are those of the relay above.
    archiving: compared(whileArchiving, onFloor).map(({ goal: _goal, met: _met, ...figures }) => figures),
  }
  for (const { generator } of subjects) generator.close()
  const others = flags.quick ? {} : await runOthers()

  process.stdout.write(`\nMedian (least–greatest) of ${plan.rounds} rounds\n\n${table(measures.relay)}\n`)
  process.stdout.write(`\nThe relay alone\n\n${table(measures.lifecycle)}\n`)
  process.stdout.write(
    `\nPERSIST_AFTER_S = 0: every envelope that waits is copied to Postgres\n\n${table(measures.archiving)}\n`,
  )
  const client = clientMeasures(others)
  if (client.length > 0) process.stdout.write(`\nThe client\n\n${table(client)}\n`)
  const results = join(import.meta.dirname, 'results')
  await mkdir(results, { recursive: true })
  const file = flags.output ?? join(results, `${startedAt.toISOString().slice(0, 19).replaceAll(':', '')}.json`)
  const command = ['node bench/run.ts', ...process.argv.slice(2)].join(' ')
  const result = { at: startedAt.toISOString(), command, machine, plan, measures: { ...measures, client }, others }
  await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`)
  say(`Written to ${file}.`)
} finally {
  for (const { generator, server } of subjects) {
    generator.close()
    await server.close()
  }
  await postgres.close()
  await rm(folder, { recursive: true, force: true })
}
