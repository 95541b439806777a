import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { People, uniqueName } from '../support/people.ts'
import { Program } from '../support/program.ts'
import { TestSystem } from '../support/system.ts'

let system: TestSystem
let people: People

beforeAll(async () => {
  system = await TestSystem.start({ cluster: inject('emptyCluster'), env: { REGISTRATION: 'invite' } })
  people = await People.at(system.url)
})

afterAll(async () => {
  await people.close()
  await system.stop()
})

/** Output and exit code of `npm run invite` on the data of the relay. */
async function invite(args: string[]): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const program = Program.script('scripts/invite.ts', args, {
    env: { DATA_DIR: system.dataDir, DATABASE_URL: undefined },
  })
  return { code: await program.exited(), output: program.output }
}

it('npm run invite makes a code for a running relay, which admits as often as it says', async () => {
  const { code, output } = await invite(['--uses', '2', '--days', '1'])
  expect(code).toBe(0)
  const invitation = /^[a-z0-9]{4}(?:-[a-z0-9]{4}){3}$/m.exec(output)?.[0] ?? ''
  expect(output).toContain('Admits 2 accounts, for a day.')

  const [first, second, third] = await Promise.all(['First', 'Second', 'Third'].map((name) => people.device(name)))
  const username = uniqueName('guest')
  await expect(first?.engine.register({ username })).rejects.toMatchObject({ code: 'inviteRequired' })
  await first?.engine.register({ username, invite: invitation })
  await second?.engine.register({ invite: invitation })
  await expect(third?.engine.register({ invite: invitation })).rejects.toMatchObject({ code: 'inviteInvalid' })
})

it('npm run invite refuses a number that makes no sense', async () => {
  expect(await invite(['--uses', '0'])).toEqual({ code: 1, output: '--uses must be a number from 1 to 1000000.\n' })
})

it('npm run deploy -- --dry-run builds without an account and changes nothing', async () => {
  const program = Program.script('scripts/deploy.ts', ['--dry-run'], {
    env: { DATABASE_URL: undefined, CLOUDFLARE_API_TOKEN: undefined },
  })
  expect([await program.exited(), program.output]).toEqual([0, expect.stringContaining('Nothing was changed.')])
})

it('npm run deploy refuses a database that the edge cannot reach, without repeating its password', async () => {
  const env = { DATABASE_URL: 'postgres://somebody:hunter2@db.example/relay' }
  const program = Program.script('scripts/deploy.ts', [], { env })
  expect(await program.exited()).toBe(1)
  expect(program.output).toContain('db.example')
  expect(program.output).not.toContain('hunter2')
})
