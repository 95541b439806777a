import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { noteSigner } from '#protocol/merkle/notes/sign.ts'
import { announcedLog } from '#scripts/lib/published-log.ts'
import { findFreePort } from '#scripts/lib/ports.ts'
import { People, accountOf } from '../support/people.ts'
import { Program } from '../support/program.ts'
import { TestSystem, eventually } from '../support/system.ts'

const SECRET = new Uint8Array(32).fill(9)
const KEY = formatVerifierKey(noteSigner('witness.example/one', 'cosignature', SECRET).key)

let system: TestSystem
let witness: Program | undefined
let people: People
let folder: string
let port: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silentrelay-witness-'))
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'data', 'key'), Buffer.from(SECRET).toString('base64url'))
  port = await findFreePort()
  system = await TestSystem.start({ env: { KEY_LOG_WITNESSES: `${KEY} http://127.0.0.1:${port}` } })
  people = await People.at(system.url)
})

afterAll(async () => {
  await people?.close()
  witness?.signal('SIGKILL')
  await system?.stop()
  await rm(folder, { recursive: true, force: true })
})

it('Q-36, Q-37: a running relay has its log cosigned by the witness of examples/, publishes that, and clients see it', async () => {
  const [ada, bob] = await Promise.all([people.register('Ada'), people.register('Bob')])
  await Promise.all([ada, bob].map((device) => device.online()))
  // Without its witness the relay goes on.
  await ada.engine.sendText(accountOf(bob), 'Nobody watches')
  await eventually('it is read', async () => (await bob.engine.messages(accountOf(ada))).length === 1)
  const { key } = await announcedLog(new URL(system.url))
  const args = ['--name', 'witness.example/one', '--log', key, '--data', join(folder, 'data'), '--port', String(port)]
  witness = Program.script('examples/witness/main.ts', args)
  await witness.says('listens on port')
  expect(witness.output).toContain(KEY)
  // Something new to cosign.
  await people.register('Cleo')
  const checkpoint = async () => (await fetch(`${system.url}/key-log/checkpoint`)).text()
  await eventually('it is cosigned', async () => (await checkpoint()).includes('— witness.example/one '))

  const ofWitness = async () => (await ada.engine.keyLog.status(accountOf(bob))).log?.witnesses
  await ada.engine.keyLog.chooseWitness(KEY)
  await eventually('Ada sees it', async () => (await ofWitness())?.[0]?.at !== undefined)
  expect(await ofWitness()).toMatchObject([{ key: KEY, name: 'witness.example/one', isChosen: true }])
  const audit = Program.script('scripts/log-audit.ts', [system.url])
  expect([await audit.exited(), audit.output]).toEqual([0, expect.stringContaining('Confirmed: ')])
})
