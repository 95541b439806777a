/**
 * What groups cost a client, by their size and suite: `node bench/mls.ts [leaves …]`. All in one process, with nothing
 * stored. Times are of the processor, all threads of the process together, in milliseconds: they suffer least from what
 * else the machine does. Sizes are in KiB, of octets before base64url.
 */

import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { type CommitEntry, GROUP_SUITES, type GroupSuite } from '#protocol/groups/entries.ts'
import { LIMITS } from '#protocol/limits.ts'
import { apply } from '#sdk/mls/apply.ts'
import { boxesOf, newLink } from '#sdk/mls/box.ts'
import { type Intent, commit } from '#sdk/mls/commit.ts'
import { createGroup } from '#sdk/mls/create.ts'
import type { GroupState } from '#sdk/mls/group-state.ts'
import { joinByWelcome } from '#sdk/mls/join-welcome.ts'
import type { OwnKeyPackage } from '#sdk/mls/key-package.ts'
import { decrypt, encrypt } from '#sdk/mls/messages.ts'
import { changedParts, readParts, writeParts } from '#sdk/mls/parts.ts'
import { type PendingCommit, adopt } from '#sdk/mls/pending.ts'
import { Directory, TestDevice, handedOut, must } from '#sdk/mls/testing/device.ts'
import { describeMachine } from './machine.ts'

const SIZES = [10, 50, 100, 250, 500, 1_000]
/** A suite's larger groups are left out once adding everybody took this long, since four times that is too long. */
const PATIENCE_MS = 60_000
const TEXT = randomBytes(300)
const FOUNDING = { name: 'bench', policy: { add: 'admin' } } as const

type Row = Record<string, number>

async function timed<T>(row: Row, name: string, run: () => Promise<T> | T): Promise<T> {
  const start = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(start)
  row[name] = (row[name] ?? 0) + (user + system) / 1_000
  return result
}

function kib(text: string): number {
  return (text.length * 3) / 4 / 1_024
}

function entryOf(state: GroupState, { request }: PendingCommit): CommitEntry {
  const { messageId, epoch, body, change, sendKey } = request
  return { kind: 'commit', seq: state.seq + 1, at: 0, messageId, epoch, body, change, sendKey }
}

function adopted(state: GroupState, made: PendingCommit): GroupState {
  const taken = must(adopt(state, made, entryOf(state, made)))
  if (taken.kind !== 'applied') throw new Error('not applied')
  return taken.state
}

const draw = () => toBase64url(randomBytes(16))

async function measure(suite: GroupSuite, leaves: number): Promise<Row> {
  const row: Row = {}
  const directory = new Directory()
  const founder = await TestDevice.create(directory, draw(), 1)
  const others: TestDevice[] = []
  for (let at = 1; at < leaves; at += 1) others.push(await TestDevice.create(directory, draw(), 1))
  const own: OwnKeyPackage[] = []
  for (const device of others) own.push(await timed(row, 'make all packages', () => device.package(suite)))
  const foreign = await Promise.all(others.map((device, at) => handedOut(device, own[at] ?? missing())))
  const last = own.at(-1) ?? missing()

  const founding = await founder.package(suite)
  let alice = await timed(row, 'create', () => createGroup(draw(), founding, FOUNDING))
  let welcome = ''
  for (let from = 0; from < foreign.length; from += LIMITS.groupDevicesPerCommit) {
    const add = foreign.slice(from, from + LIMITS.groupDevicesPerCommit)
    const made = must(await timed(row, 'add all', () => commit(alice, { add }, draw())))
    alice = adopted(alice, made)
    welcome = made.request.welcome ?? ''
  }
  const { group, seq, core } = alice
  const entry = { group, suite, seq, epoch: Number(core.groupContext.epoch), body: Buffer.from(welcome, 'base64url') }
  let bob = must(await timed(row, 'join', () => joinByWelcome(entry, last, directory.resolve))).state
  row['welcome KiB'] = kib(welcome)

  const step = async (name: string, intent: Intent) => {
    const made = must(await timed(row, name, () => commit(alice, intent, draw())))
    const result = must(await timed(row, `${name}: follow`, () => apply(bob, entryOf(bob, made), directory.resolve)))
    alice = adopted(alice, made)
    if (result.kind === 'applied') bob = result.state
    return made
  }
  const update = await step('first update', {})
  row['commit KiB'] = kib(update.request.body)
  await step('update', {})
  const victim = others[0]?.address ?? missing()
  await step('removal', { remove: [victim] })
  await step('link', { links: [newLink()] })
  const [box] = await timed(row, 'box', () => boxesOf(alice))
  row['box KiB'] = kib(box?.box ?? '')

  const messageId = draw()
  const sent = await timed(row, 'encrypt', () => encrypt(alice, messageId, TEXT))
  const message = { kind: 'message' as const, seq: bob.seq + 1, at: 0, epoch: alice.seq, messageId }
  const read = must(await timed(row, 'decrypt', () => decrypt(bob, { ...message, body: toBase64url(sent.body) })))
  if ('refused' in read.message) throw new Error(read.message.reason)
  const parts = await timed(row, 'write', () => writeParts(bob))
  await timed(row, 'read', () => readParts(parts))
  row['tree KiB'] = kib(parts['tree'] ?? '')
  row['rest KiB'] = Object.values(parts).reduce((sum, part) => sum + kib(part), 0) - (row['tree KiB'] ?? 0)
  row['per message KiB'] = Object.values(changedParts(bob, read.state).put).reduce((sum, part) => sum + kib(part), 0)
  return row
}

function missing(): never {
  throw new Error('too few devices')
}

const wanted = process.argv.slice(2).map(Number)
const rows: { suite: GroupSuite; leaves: number; row: Row }[] = []
await measure(1, 10)
for (const suite of GROUP_SUITES) {
  for (const leaves of wanted.length > 0 ? wanted : SIZES) {
    const row = await measure(suite, leaves)
    rows.push({ suite, leaves, row })
    if ((row['add all'] ?? 0) > PATIENCE_MS) break
  }
}

const short = (value: number | undefined) => (value === undefined ? '' : value.toFixed(value < 10 ? 2 : 0))
const names = Object.keys(rows[0]?.row ?? {})
const sizes = [...new Set(rows.map(({ leaves }) => leaves))]
const find = (suite: GroupSuite, leaves: number) => rows.find((at) => at.suite === suite && at.leaves === leaves)?.row
const lines = names.map((name) => {
  const cells = sizes.map((leaves) => {
    const [classic, hybrid] = [find(1, leaves)?.[name], find(83, leaves)?.[name]]
    const ratio = classic === undefined || hybrid === undefined ? '' : ` (${(hybrid / classic).toFixed(1)}×)`
    return `${short(classic)} / ${short(hybrid)}${ratio}`
  })
  return `| ${[name, ...cells].join(' | ')} |`
})
const head = `| suite 1 / suite 83 | ${sizes.join(' | ')} |\n|${' --- |'.repeat(sizes.length + 1)}`
const { processor, cores, node } = describeMachine()
process.stdout.write(`${processor}, ${cores} cores, Node ${node}\n\n${head}\n${lines.join('\n')}\n`)
