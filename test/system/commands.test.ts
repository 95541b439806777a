import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { People, uniqueName } from '../support/people.ts'
import { Program } from '../support/program.ts'
import { TestSystem } from '../support/system.ts'

let system: TestSystem
let people: People

beforeAll(async () => {
  system = await TestSystem.start({ env: { REGISTRATION: 'invite' } })
  people = await People.at(system.url)
})

afterAll(async () => {
  await people.close()
  await system.stop()
})

interface Outcome {
  readonly code: number | NodeJS.Signals
  readonly output: string
}

const invite = (args: string[]) => run('scripts/invite.ts', args)
const verifyAudit = (args: string[] = []) => run('scripts/audit-verify.ts', args)

/** Output and exit code of a command on the data of the relay. */
async function run(script: string, args: string[]): Promise<Outcome> {
  const program = Program.script(script, args, {
    env: { DATA_DIR: system.dataDir, DATABASE_URL: undefined, PORT: new URL(system.url).port },
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

it('npm run lift asks a running relay to lift what it did, and says what that was', async () => {
  const lift = (whom: string) => run('scripts/lift.ts', [whom])
  expect(await lift('192.0.2.7')).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^n\.[\w-]{16}: nothing was in force\.\n$/) as string,
  })
  const account = 'A'.repeat(22)
  expect((await lift(account)).output).toMatch(/^a\.[\w-]{16}: nothing was in force\.\n$/)
  expect(await lift('a.0123456789abcdef')).toMatchObject({ code: 1 })
  expect(await lift('somebody')).toMatchObject({
    code: 1,
    output: expect.stringContaining('no account’s id') as string,
  })
})

it('npm run audit:verify confirms the audit log of a running relay, and finds what somebody changed in it', async () => {
  const first = await verifyAudit()
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining('nothing wrong') as string })
  const kept = join(system.dataDir, 'kept.txt')
  await writeFile(kept, first.output)
  const database = await system.database()
  const execute = (statement: string) => database.run((statements) => statements.execute(sql.raw(statement)))
  await execute('alter table audit_entries disable trigger user')
  await execute(`update audit_entries set actor = 'system' where seq = 1`)
  const second = await verifyAudit(['--head', kept])
  expect(second).toMatchObject({ code: 1, output: expect.stringContaining('edited: entry 1 does not') as string })
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
