import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { CommitEntry } from '#protocol/groups/entries.ts'
import { NO_CHANGE } from '#protocol/groups/change.ts'
import type { DemoDevice } from '#scripts/demo/device.ts'
import { LyingRelay } from '../support/lying-relay.ts'
import { People, accountOf } from '../support/people.ts'
import { eventually } from '../support/system.ts'

const relay = inject('sharedRelay')
let people: People

beforeAll(async () => {
  people = await People.at(relay.url)
})

afterAll(() => people?.close())

interface Scene {
  readonly ada: DemoDevice
  /** To whom the relay lies. */
  readonly ben: DemoDevice
  readonly cleo: DemoDevice
  readonly group: string
  readonly liar: LyingRelay
}

async function scene(): Promise<Scene> {
  const liar = new LyingRelay()
  const [ada, ben, cleo] = await Promise.all([
    people.register('Ada'),
    people.register('Ben', liar.platform),
    people.register('Cleo'),
  ])
  await Promise.all([ada, ben, cleo].map((device) => device.online()))
  const { group } = await ada.engine.groups.create('Hut', [])
  await eventually('both can be added', async () => {
    const { unreachable } = await ada.engine.groups.add(group, [accountOf(ben), accountOf(cleo)])
    return unreachable.length === 0
  })
  await Promise.all([ben, cleo].map((device) => has(device, group, '(welcomed)')))
  await say(ada, group, 'One')
  await Promise.all([ben, cleo].map((device) => has(device, group, 'One')))
  // Members may say more by themselves: what is hidden next is what is written next.
  for (let still = 0, before = 0; still < 5; before = liar.length) {
    await sleep(200)
    still = liar.length === before ? still + 1 : 0
  }
  return { ada, ben, cleo, group, liar }
}

async function timeline(device: DemoDevice, group: string): Promise<string[]> {
  const messages = await device.engine.messages(group, { limit: 1_000 })
  return messages.map(({ content }) =>
    content.kind === 'text' ? content.body : content.kind === 'groupEvent' ? `(${content.event.event})` : '?',
  )
}

const has = (device: DemoDevice, group: string, text: string) =>
  eventually(`${device.name} has “${text}”`, async () => (await timeline(device, group)).includes(text))

/** Says something, once everything before is with the relay. */
async function say(device: DemoDevice, group: string, text: string): Promise<void> {
  await device.engine.sendText(group, text)
  await eventually('it is sent', () => Promise.resolve(device.engine.groups.queued === 0))
}

describe('a relay that lies to a member about the group’s log', () => {
  it('U-6: and leaves a message out, is noticed with the next message of somebody who saw it', async () => {
    const { ada, ben, cleo, group, liar } = await scene()
    const hidden = liar.length
    liar.lie = (log) => log.filter((_, at) => at !== hidden)
    await say(ada, group, 'Two')
    await has(cleo, group, 'Two')
    await say(cleo, group, 'Three')
    await has(ben, group, 'Three')
    expect(await timeline(ben, group)).not.toContain('Two')
    await has(ben, group, '(historyForked)')
    expect(await timeline(cleo, group)).not.toContain('(historyForked)')
  })

  it('U-6: and leaves out what was said last before a commit, is noticed in the next epoch', async () => {
    const { ada, ben, cleo, group, liar } = await scene()
    const hidden = liar.length
    liar.lie = (log) => log.filter((_, at) => at !== hidden)
    await say(ada, group, 'Two')
    await has(cleo, group, 'Two')
    await ada.engine.groups.update(group, { name: 'Another name' })
    await has(ben, group, '(renamed)')
    await say(cleo, group, 'Three')
    await has(ben, group, 'Three')
    expect(await timeline(ben, group)).not.toContain('Two')
    await has(ben, group, '(historyForked)')
    expect(await timeline(cleo, group)).not.toContain('(historyForked)')
  })

  it('U-6: and changes the order, is noticed likewise', async () => {
    const { ada, ben, cleo, group, liar } = await scene()
    ben.engine.disconnect()
    await say(ada, group, 'Two')
    await has(cleo, group, 'Two')
    await say(cleo, group, 'Three')
    await has(ada, group, 'Three')
    await say(ada, group, 'Four')
    const at = liar.length
    liar.lie = (log) => [...log.slice(0, at), ...log.slice(at, at + 2).toReversed(), ...log.slice(at + 2)]
    await ben.online()
    await has(ben, group, 'Four')
    await has(ben, group, '(historyForked)')
  })

  it('U-7: and shows messages twice, also an own one, has each read once', async () => {
    const { ada, ben, cleo, group, liar } = await scene()
    await say(ben, group, 'Mine')
    await has(ben, group, 'Mine')
    await has(cleo, group, 'Mine')
    ben.engine.disconnect()
    await say(ada, group, 'Two')
    liar.lie = (log) => [...log, ...log.slice(-2)]
    await ben.online()
    await has(ben, group, '(missed)')
    const shown = await timeline(ben, group)
    expect(['Mine', 'Two'].map((text) => shown.filter((one) => one === text))).toEqual([['Mine'], ['Two']])
    expect(await timeline(cleo, group)).not.toContain('(missed)')
  })

  it('U-4: and adds a listener of its own, is found out, and nothing is sent to the group any more', async () => {
    const { ada, ben, cleo, group, liar } = await scene()
    const listener = { account: randomBytes(16).toString('base64url'), device: 1 }
    liar.lie = (log) => {
      const last = log.at(-1)
      const ghost: CommitEntry = {
        kind: 'commit',
        seq: 0,
        at: Date.now(),
        messageId: randomBytes(16).toString('base64url'),
        epoch: last?.kind === 'commit' ? last.epoch + 1 : (last?.epoch ?? 0),
        body: randomBytes(400).toString('base64url'),
        change: { ...NO_CHANGE, add: [listener] },
        sendKey: randomBytes(32).toString('base64url'),
      }
      return [...log, ghost]
    }
    await say(ada, group, 'Two')
    await has(ben, group, '(broken)')
    await expect(ben.engine.sendText(group, 'Is anybody listening?')).rejects.toMatchObject({ code: 'groupBroken' })
    const { members } = await ben.engine.groups.view(group)
    expect(members.map(({ account }) => account)).not.toContain(listener.account)
    // Ben starts again with those whom he knew in it, as often as he asks to.
    const [renewed, again] = await Promise.all([ben.engine.groups.renew(group), ben.engine.groups.renew(group)])
    expect(again).toEqual(renewed)
    expect(renewed.unreachable).toEqual([])
    const made = await ben.engine.groups.view(renewed.group)
    expect(made.name).toBe('Hut')
    expect(made.members.map(({ account, role }) => [account, role])).toEqual(
      expect.arrayContaining([
        [accountOf(ben), 'owner'],
        [accountOf(ada), 'member'],
        [accountOf(cleo), 'member'],
      ]),
    )
    expect(made.members).toHaveLength(3)
    await ben.engine.sendText(renewed.group, 'Here we are again')
    await Promise.all([ada, cleo].map((device) => has(device, renewed.group, 'Here we are again')))
    expect((await timeline(ben, group)).slice(-2)).toEqual(['(broken)', '(renewed)'])
    expect(await timeline(ben, group)).toContain('One')
    expect((await ben.engine.groups.view(group)).successor).toBe(renewed.group)
    await expect(ada.engine.groups.renew(group)).rejects.toMatchObject({ code: 'changeInvalid' })
    expect(await ben.engine.groups.renew(group)).toEqual(renewed)
    await ben.engine.groups.leave(group)
    expect((await ben.engine.groups.view(group)).stage).toBe('left')
  })

  it('U-4: and has two commits win one epoch, is found out by who went the other way', async () => {
    const { ada, ben, cleo, group, liar } = await scene()
    await ada.engine.groups.setRole(group, accountOf(ben), 'admin')
    await has(ben, group, '(role)')
    liar.forks = true
    await ben.engine.groups.update(group, { name: 'Ben’s hut' })
    expect((await ben.engine.groups.view(group)).name).toBe('Ben’s hut')
    const forkedAt = liar.length
    // Of what the others go on with, Ben is shown the messages, and not the commit that they took in the place of his.
    liar.lie = (log) => log.filter(({ kind }, at) => at !== forkedAt || kind !== 'commit')
    await ada.engine.groups.update(group, { name: 'Ada’s hut' })
    await has(cleo, group, '(renamed)')
    await say(cleo, group, 'Two')
    await has(ben, group, '(missed)')
    await ada.engine.groups.update(group, { name: 'Ada’s house' })
    await has(ben, group, '(broken)')
    expect(await timeline(ben, group)).not.toContain('Two')
    expect((await ben.engine.groups.view(group)).name).toBe('Ben’s hut')
    await expect(ben.engine.sendText(group, 'Anybody?')).rejects.toMatchObject({ code: 'groupBroken' })
  })

  it('U-4: and gives a commit another meaning, is found out', async () => {
    const { ada, ben, group, liar } = await scene()
    liar.lie = (log) =>
      log.map((entry) => (entry.kind === 'commit' ? { ...entry, change: { ...entry.change, details: false } } : entry))
    await ada.engine.groups.update(group, { name: 'Another name' })
    await has(ben, group, '(broken)')
    expect((await ben.engine.groups.view(group)).name).toBe('Hut')
  })

  it('T-13, I-6: and says that what was said is gone, has it come in again, which says that something is missing', async () => {
    const { ada, ben, group, liar } = await scene()
    liar.forgets = true
    await say(ada, group, 'Two')
    await has(ben, group, '(rejoined)')
    expect(await timeline(ben, group)).toContain('(missed)')
    expect(await timeline(ben, group)).not.toContain('Two')
    await say(ada, group, 'Three')
    await has(ben, group, 'Three')
    await say(ben, group, 'Here again')
    await has(ada, group, 'Here again')
  })

  it('and says that it is no member, does not make it forget the group', async () => {
    const { ada, ben, group, liar } = await scene()
    liar.denies = true
    await say(ada, group, 'Two')
    await eventually('it is shut', async () => (await ben.engine.groups.view(group)).stage === 'removed')
    await expect(ben.engine.sendText(group, 'Am I in?')).rejects.toMatchObject({ code: 'groupNotJoined' })
    liar.denies = false
    await say(ada, group, 'Three')
    await has(ben, group, 'Three')
    expect(await timeline(ben, group)).toContain('Two')
    await say(ben, group, 'I never left')
    await has(ada, group, 'I never left')
  })
})
