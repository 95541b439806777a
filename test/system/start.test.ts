import { readFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findFreePort } from '#scripts/lib/ports.ts'
import { People, accountOf } from '../support/people.ts'
import { Program } from '../support/program.ts'

let folder: string
let people: People
let env: Record<string, string | undefined>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-start-'))
  const port = await findFreePort()
  env = {
    DATA_DIR: join(folder, 'data'),
    PORT: String(port),
    DATABASE_URL: undefined,
    HOST: undefined,
    REGISTRATION: undefined,
  }
  people = await People.at(`http://127.0.0.1:${port}`)
})

afterAll(async () => {
  await people.close()
  await rm(folder, { recursive: true, force: true })
})

/** `npm start` in a process group of its own, as a shell starts it. */
function npmStart(changes: Record<string, string | undefined> = {}): Program {
  return new Program('npm', ['start'], { env: { ...env, ...changes }, ownGroup: true })
}

async function edgePid(): Promise<number> {
  return Number(await readFile(join(folder, 'data/edge/workerd.pid'), 'utf8'))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('npm start keeps accounts and messages over restarts, and Ctrl-C leaves nothing running', async () => {
  const first = npmStart()
  await first.says('is ready')
  const [ada, ben] = [await people.register('Ada'), await people.register('Ben')]
  await ada.online()
  const id = await ada.engine.sendText(accountOf(ben), 'before the restart')
  await ada.expectState(id, 'sent')

  const taken = npmStart()
  expect(await taken.exited()).not.toBe(0)
  expect(taken.output).toContain('already runs on the data')
  const port = npmStart({ DATA_DIR: join(folder, 'other') })
  expect(await port.exited()).not.toBe(0)
  expect(port.output).toContain(`Port ${env['PORT']} is taken`)
  expect((await stat(join(folder, 'data/secrets/token-secret'))).mode & 0o777).toBe(0o600)

  const runtime = await edgePid()
  first.signalGroup('SIGINT')
  await first.exited()
  expect(first.output).toContain('Stopped.')
  expect(isAlive(runtime)).toBe(false)

  const second = npmStart()
  await second.says('is ready')
  await ben.online()
  await ben.expectTexts(['before the restart'])
  expect(await ben.engine.findByUsername(ada.engine.username ?? '')).toBe(accountOf(ada))

  // Killed without a chance to clean up, it leaves workerd behind: the next start takes over.
  const orphan = await edgePid()
  second.signalGroup('SIGKILL')
  await second.exited()
  const third = npmStart()
  await third.says('is ready')
  expect(isAlive(orphan)).toBe(false)
  expect(await edgePid()).not.toBe(orphan)
  third.signalGroup('SIGTERM')
  await third.exited()
  expect(third.output).toContain('Stopped.')
})
