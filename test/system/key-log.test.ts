import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { People } from '../support/people.ts'
import { Program } from '../support/program.ts'

const { url } = inject('sharedRelay')
let people: People
let folder: string

beforeAll(async () => {
  people = await People.at(url)
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-audit-'))
})

afterAll(async () => {
  await people.close()
  await rm(folder, { recursive: true, force: true })
})

async function audit(...args: string[]): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const program = Program.script('scripts/log-audit.ts', [url, ...args])
  return { code: await program.exited(), output: program.output }
}

const sizeIn = (output: string) => Number(/, (\d+) leaves/.exec(output)?.[1])
/** Size of the published checkpoint; 0 before the first. */
async function published(): Promise<number> {
  const response = await fetch(`${url}/key-log/checkpoint`)
  return response.ok ? Number((await response.text()).split('\n')[1]) : 0
}

it('Q-9: npm run log:audit confirms a running relay’s log, goes on from its state, and finds what was changed', async () => {
  const state = join(folder, 'state.json')
  const register = async (name: string) => {
    const before = await published()
    await (await people.device(name)).engine.register({})
    while ((await published()) <= before) await sleep(50)
  }
  await register('Ada')
  const first = await audit('--state', state)
  expect([first.code, first.output]).toEqual([0, expect.stringContaining('Confirmed: ')])
  await register('Bob')
  const second = await audit('--state', state)
  expect(second.code).toBe(0)
  expect(sizeIn(second.output)).toBeGreaterThan(sizeIn(first.output))

  // Somebody who audited another history at this size.
  const kept = JSON.parse(await readFile(state, 'utf8')) as { state: { root: string; size: number } }
  kept.state.root = 'A'.repeat(43)
  kept.state.size = await published()
  await writeFile(state, JSON.stringify(kept))
  const forked = await audit('--state', state)
  expect(forked).toMatchObject({ code: 2, output: expect.stringContaining('Wrong: checkpointForked') as string })
  expect(await readdir(folder)).toEqual(['state.json'])
})

it('npm run log:audit refuses what names no log', async () => {
  expect(await audit('--key', 'nonsense', '--index-key', 'x')).toMatchObject({ code: 1 })
  expect(await audit('https://another.example')).toMatchObject({ code: 1 })
})
