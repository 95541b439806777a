/**
 * `npm run bench:client`: the built web client in Chromium, on a real relay, with a past of 100,000 messages and more in
 * its real store. Prints a table and writes it, with what it was measured on, to `bench/results/`. `--quick` has a shorter
 * past and fewer rounds, and writes nothing unless `--output` says where.
 */

import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureClient } from '#scripts/lib/client-build.ts'
import { ascend } from '#test/browser/support/ascent.ts'
import { type History, giveHistories } from '#test/browser/support/histories.ts'
import { launch, OwnStage } from '#test/browser/support/stage.ts'
import { engineHeap, mainThread, pageHeap } from './client/browser.ts'
import { type Figure, figure, tableOf } from './client/figures.ts'
import {
  type Destination,
  TYPING_PAUSE_MS,
  echoes,
  openConversation,
  openConversations,
  reloads,
  searches,
} from './client/measures.ts'
import { observe } from './client/observe.ts'
import { describeMachine } from './machine.ts'

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, output: { type: 'string' } },
})
const FULL = {
  conversations: 200,
  long: 100_000,
  ascent: 5_000,
  reloads: 20,
  switches: 60,
  firsts: 60,
  echoes: 60,
  reopenings: 20,
  searches: 60,
}
const QUICK = {
  conversations: 200,
  long: 5_000,
  ascent: 600,
  reloads: 10,
  switches: 20,
  firsts: 20,
  echoes: 20,
  reopenings: 10,
  searches: 20,
}
const plan = flags.quick ? QUICK : FULL

/** The three conversations that more is done in, in the order of the list. */
const BEN = { name: 'ben', messages: 1_000 }
const CAROL = { name: 'Carol', messages: 1_000 }
const LONG = { name: 'Long', messages: plan.long }
const OTHERS: readonly History[] = Array.from({ length: plan.conversations - 3 }, (_, at) => ({
  name: `Person ${String(at + 1).padStart(3, '0')}`,
  messages: 40,
}))

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

const startedAt = new Date()
const machine = describeMachine()
await ensureClient(() => say('Building the web client…'))
const stage = await OwnStage.open(launch())
try {
  const figures: Figure[] = []
  const measured = (one: Figure) => {
    figures.push(one)
    say(`  ${one.name}: median ${one.median.toFixed(1)}, p95 ${one.p95.toFixed(1)} ${one.unit}`)
  }
  const ada = await stage.person('ada', { reducedMotion: 'no-preference' })
  const ben = await stage.person('ben')
  const { page } = ada
  await ada.context.addInitScript(observe)
  await ada.find(ben.username)
  await ada.send('Hello')
  await ben.openChat('ada')
  await ben.send('Hello too')
  await ada.message('Hello too').waitFor()

  say('Writing the past.')
  const fillingAt = performance.now()
  const written = await giveHistories(ada, [BEN, CAROL, LONG, ...OTHERS])
  say(`  ${written.toLocaleString('en')} messages in ${Math.round((performance.now() - fillingAt) / 1_000)} s.`)

  say('Measuring.')
  const list = await reloads(page, plan.reloads)
  measured(figure('cached list, from reload to first row', 'ms', list, { of: 'p95', most: 1_000 }))

  const two = [
    { ...BEN, key: 'Control+1' },
    { ...CAROL, key: 'Control+2' },
  ]
  await openConversations(page, two)
  // By key and by click in turn.
  const round: readonly Destination[] = [...two, BEN, CAROL]
  const cached = Array.from({ length: plan.switches / round.length }, () => round).flat()
  const switches = await mainThread(page, () => openConversations(page, cached))
  measured(figure('switch between two cached conversations', 'ms', switches.result, { of: 'p95', most: 100 }))
  measured(figure('  processor time of the main thread', 'ms', [switches.cpu / cached.length]))

  await page.goto('/')
  const opening = await openConversation(page, LONG)
  measured(figure('open the long conversation at its end', 'ms', [opening]))
  const again = Array.from({ length: plan.reopenings }, () => [{ ...BEN, key: 'Control+1' }, LONG]).flat()
  const reopened = (await openConversations(page, again)).filter((_, at) => at % 2 === 1)
  measured(figure('open it again, from cache', 'ms', reopened, { of: 'p95', most: 100 }))
  const firsts = OTHERS.slice(0, plan.firsts).map(({ name, messages }) => ({ name, messages, key: 'Alt+ArrowDown' }))
  measured(figure('switch to a conversation that is not cached', 'ms', await openConversations(page, firsts)))

  await openConversation(page, { ...BEN, key: 'Control+1' })
  const sent = await mainThread(page, () => echoes(page, plan.echoes))
  measured(figure('send, from Enter to the own message', 'ms', sent.result, { of: 'p95', most: 50 }))
  measured(figure('  processor time of the main thread', 'ms', [sent.cpu / plan.echoes]))

  const searched = await searches(page, LONG, plan.searches)
  measured(figure('reading everything for the first search', 'ms', [searched.reading]))
  measured(figure('search, from the last letter to what is found', 'ms', searched.times))
  const unpaused = searched.times.map((time) => time - TYPING_PAUSE_MS)
  measured(figure('  without the pause in typing', 'ms', unpaused, { of: 'p95', most: 50 }))

  await page.goto('/')
  await openConversation(page, LONG)
  measured(figure('heap of the page, long conversation opened', 'MiB', [await pageHeap(page)]))
  const prepends = await ascend(page, plan.ascent)
  const rows = prepends.map((prepend) => prepend.rows)
  measured(figure(`rows that came in front (${rows.reduce((sum, count) => sum + count, 0)} in all)`, 'rows', rows))
  const drifts = prepends.map(({ drift }) => drift)
  measured(figure('farthest that a row in view moved meanwhile', 'px', drifts, { of: 'max', most: 1 }))
  measured(figure('heap of the page, these rows loaded', 'MiB', [await pageHeap(page)]))
  measured(figure('heap of the engine', 'MiB', [await engineHeap(stage.browser, stage.url)]))

  process.stdout.write(`\nThe web client\n\n${tableOf(figures)}\n`)
  if (ada.troubles.length > 0) say(`The client complained:\n${ada.troubles.join('\n')}`)
  const file = flags.output ?? (flags.quick ? undefined : join(import.meta.dirname, 'results', 'client.json'))
  if (file !== undefined) {
    const command = ['node bench/client.ts', ...process.argv.slice(2)].join(' ')
    const browser = `Chromium ${stage.browser.version()}`
    const [loadAfter = 0] = loadavg()
    const setting = { ...machine, loadAfter, browser }
    const result = { at: startedAt.toISOString(), command, machine: setting, plan, figures }
    await writeFile(file, `${JSON.stringify(result, undefined, 2)}\n`)
    say(`Written to ${file}.`)
  }
} finally {
  await stage.close()
  await stage.browser.close()
}
