import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { DemoDevice } from '#scripts/demo/device.ts'
import { LIMITS } from '#protocol/limits.ts'
import { People, accountOf } from '../support/people.ts'
import { eventually } from '../support/system.ts'

const relay = inject('sharedRelay')
let people: People

beforeAll(async () => {
  people = await People.at(relay.url)
})

afterAll(() => people?.close())

async function person(name: string): Promise<DemoDevice> {
  const device = await people.register(name)
  await device.online()
  return device
}

/** Adds accounts. A device that connected just now may not have uploaded its key packages yet. */
async function added(by: DemoDevice, group: string, ...devices: readonly DemoDevice[]): Promise<void> {
  await eventually('everybody can be added', async () => {
    const { unreachable } = await by.engine.groups.add(group, devices.map(accountOf))
    return unreachable.length === 0
  })
}

async function founded(by: DemoDevice, name: string, ...others: readonly DemoDevice[]): Promise<string> {
  const { group } = await by.engine.groups.create(name, [])
  await added(by, group, ...others)
  return group
}

/** Texts and events of a group, in this device's timeline. */
async function timeline(device: DemoDevice, group: string): Promise<string[]> {
  const messages = await device.engine.messages(group, { limit: 1_000 })
  return messages.map(({ content }) =>
    content.kind === 'text' ? content.body : content.kind === 'groupEvent' ? `(${content.event.event})` : '?',
  )
}

const textsOf = async (device: DemoDevice, group: string) =>
  (await timeline(device, group)).filter((text) => !text.startsWith('('))

const has = (device: DemoDevice, group: string, text: string) =>
  eventually(`${device.name} has “${text}”`, async () => (await timeline(device, group)).includes(text))

/** Two of them type at once, and the third hears who, until the message is there. */
async function typesIn(group: string, listener: DemoDevice, one: DemoDevice, other: DemoDevice): Promise<void> {
  const heard: (readonly string[])[] = []
  const stop = listener.engine.on('typing', ({ accounts }) => heard.push(accounts))
  const told = (count: number) => eventually(`${count} are told`, () => Promise.resolve(heard.length === count))
  await one.engine.setTyping(group, true)
  await told(1)
  await other.engine.setTyping(group, true)
  await told(2)
  await one.engine.sendText(group, 'Here it is')
  await told(3)
  stop()
  expect(heard).toEqual([[accountOf(one)], [accountOf(one), accountOf(other)], [accountOf(other)]])
}

describe('a group', () => {
  it('is created, talks, grows, and shuts out who was removed', async () => {
    const [ada, ben, cleo] = await Promise.all([person('Ada'), person('Ben'), person('Cleo')])
    const group = await founded(ada, 'Hut', ben)
    await ada.engine.sendText(group, 'Welcome')
    await has(ben, group, 'Welcome')
    await ben.engine.sendText(group, 'Glad to be here')
    await has(ada, group, 'Glad to be here')
    await added(ada, group, cleo)
    await has(cleo, group, '(welcomed)')
    await cleo.engine.sendText(group, 'Hello from Cleo')
    await Promise.all([ada, ben].map((device) => has(device, group, 'Hello from Cleo')))
    expect(await textsOf(cleo, group)).toEqual(['Hello from Cleo'])
    await typesIn(group, ada, ben, cleo)
    await ada.engine.groups.remove(group, accountOf(ben))
    await has(ben, group, '(removed)')
    await ada.engine.sendText(group, 'Ben is gone')
    await has(cleo, group, 'Ben is gone')
    expect(await timeline(ben, group)).not.toContain('Ben is gone')
    await expect(ben.engine.sendText(group, 'Still here?')).rejects.toMatchObject({ code: 'groupNotJoined' })
    const views = await Promise.all([ada, cleo].map((device) => device.engine.groups.view(group)))
    expect(views[0]?.authenticator).toBe(views[1]?.authenticator)
    expect(views.map(({ members }) => members.length)).toEqual([2, 2])
    // Who was removed, or left, comes in again like anybody else.
    await added(ada, group, ben)
    await eventually('Ben is in again', async () => (await ben.engine.groups.view(group)).stage === 'joined')
    await ben.engine.sendText(group, 'Back again')
    await Promise.all([ada, cleo].map((device) => has(device, group, 'Back again')))
    expect(await timeline(ben, group)).not.toContain('Ben is gone')
    await cleo.engine.groups.leave(group)
    await eventually('Cleo is out', async () => (await ada.engine.groups.view(group)).members.length === 2)
    await added(ada, group, cleo)
    await eventually('Cleo is in again', async () => (await cleo.engine.groups.view(group)).stage === 'joined')
    await ada.engine.sendText(group, 'All here')
    await Promise.all([ben, cleo].map((device) => has(device, group, 'All here')))
  })

  it('shows reactions, edits, pins and deletions alike to all, own devices included', async () => {
    const [ada, ben] = await Promise.all([person('Ada'), person('Ben')])
    const too = await people.device('Ben too')
    await too.engine.completeLink(await ben.engine.approveLink(await too.engine.createLinkRequest()))
    await too.engine.connect()
    await too.online()
    const group = await founded(ada, 'Hut', ben)
    await has(too, group, '(welcomed)')
    const hers = { author: accountOf(ada), id: await ada.engine.sendText(group, 'first words') }
    await has(too, group, 'first words')
    const his = { author: accountOf(ben), id: await ben.engine.sendText(group, 'an answer', { quote: hers }) }
    await Promise.all([ada, too].map((device) => has(device, group, 'an answer')))
    await ben.engine.annotations.react(group, hers, '👍')
    await ada.engine.annotations.edit(group, hers.id, { body: 'in other words' })
    await ada.engine.annotations.setPinned(group, hers, true)
    for (const device of [ada, ben, too]) {
      await eventually(`${device.name} sees it`, async () => {
        const message = await device.engine.message(group, hers)
        const { text } = (await device.engine.message(group, his))?.quote ?? {}
        return message?.pinned === true && message.reactions?.length === 1 && text?.body === 'in other words'
      })
    }
    await ada.engine.annotations.deleteForEveryone(group, his)
    await too.engine.annotations.deleteForMe(group, [hers])
    for (const device of [ada, ben, too]) {
      const kept = device === ada ? ['in other words', '?'] : ['?']
      await eventually(`${device.name} has less`, async () => {
        return JSON.stringify(await textsOf(device, group)) === JSON.stringify(kept)
      })
    }
  })

  it('hears of it when a member calls itself something else', async () => {
    const [ada, ben] = await Promise.all([person('Ada'), person('Ben')])
    const group = await founded(ada, 'Hut', ben)
    await has(ben, group, '(welcomed)')
    await ada.engine.setProfileName('Countess of Lovelace')
    // They never wrote to each other: only the group can have said it.
    await eventually('the other member knows', async () => {
      const names = await ben.engine.groups.names([accountOf(ada)])
      return names.get(accountOf(ada)) === 'Countess of Lovelace'
    })
  })

  it('has five members with two devices each, who all come to the same state, and read each message once, in one order', async () => {
    const firsts = await Promise.all(['Ada', 'Ben', 'Cleo', 'Dan', 'Eve'].map(person))
    const [ada, ben, cleo, dan, eve] = firsts as [DemoDevice, DemoDevice, DemoDevice, DemoDevice, DemoDevice]
    const seconds = await Promise.all(
      firsts.map(async (first) => {
        const second = await people.device(`${first.name} too`)
        await second.engine.completeLink(await first.engine.approveLink(await second.engine.createLinkRequest()))
        await second.online()
        return second
      }),
    )
    const all = [...firsts, ...seconds]
    const group = await founded(ada, 'Rope team', ben, cleo, dan, eve)
    await eventually('every device is in', async () => {
      const { members } = await ada.engine.groups.view(group)
      return members.every(({ devices }) => devices === 2)
    })
    await Promise.all(all.filter((device) => device !== ada).map((device) => has(device, group, '(welcomed)')))
    for (const admin of [ben, cleo]) await ada.engine.groups.setRole(group, accountOf(admin), 'admin')
    // Three admins commit at once, while everybody talks.
    const commits = [
      ada.engine.groups.update(group, { name: 'Rope team 1' }),
      ben.engine.groups.setRole(group, accountOf(eve), 'moderator'),
      cleo.engine.groups.createLink(group),
      cleo.engine.groups.update(group, { slowMode: 30 }),
    ]
    const texts = all.flatMap((device) => [1, 2, 3, 4].map((at) => `${device.name} says ${at}`))
    const sends = texts.map((text) => {
      const device = all.find(({ name }) => text.startsWith(`${name} says`))
      return device?.engine.sendText(group, text)
    })
    await Promise.all([...commits, ...sends])
    await eventually('everybody has everything', async () => {
      const counts = await Promise.all(all.map(async (device) => (await textsOf(device, group)).length))
      return counts.every((count) => count === texts.length)
    })
    for (const device of all) expect((await textsOf(device, group)).toSorted()).toEqual(texts.toSorted())
    // Own texts stand where they were written; those of others, in the group's order.
    const orderOf = async (device: DemoDevice, but: readonly string[]) =>
      (await textsOf(device, group)).filter((text) => !but.some((name) => text.startsWith(`${name} says`)))
    const [fromAda, fromBen] = [ada, ben].map((device) => orderOf(device, ['Ada', 'Ben']))
    expect(await fromAda).toEqual(await fromBen)
    await eventually('all are in one epoch', async () => {
      const views = await Promise.all(all.map((device) => device.engine.groups.view(group)))
      return new Set(views.map(({ authenticator }) => authenticator)).size === 1
    })
    const { name, slowMode, links, members } = await eve.engine.groups.view(group)
    expect({ name, slowMode, links: links.length }).toEqual({ name: 'Rope team 1', slowMode: 30, links: 1 })
    expect(members.find(({ account }) => account === accountOf(eve))?.role).toBe('moderator')
    expect(members.find(({ account }) => account === accountOf(dan))?.name).toBe('Dan')
  })

  it('U-11: lets messages disappear, from whoever sent them and from whoever read them, and leaves no octet of them', async () => {
    const [ada, ben, cleo] = await Promise.all([person('Ada'), person('Ben'), person('Cleo')])
    const secret = 'The key is under the third stone'
    const group = await founded(ada, 'Short memory', ben, cleo)
    await ada.engine.groups.update(group, { timer: 1 })
    await Promise.all([ben, cleo].map((device) => has(device, group, '(timer)')))
    expect((await ben.engine.groups.view(group)).timer).toBe(1)
    await expect(ben.engine.groups.update(group, { timer: 2 })).rejects.toMatchObject({ code: 'roleInsufficient' })
    await expect(ada.engine.groups.update(group, { timer: 0.5 })).rejects.toMatchObject({ code: 'contentInvalid' })
    cleo.engine.disconnect()
    const id = await ada.engine.sendText(group, secret)
    await has(ben, group, secret)
    const isGone = (device: DemoDevice) =>
      eventually(`${device.name} has it no more`, async () => !(await timeline(device, group)).includes(secret))
    await isGone(ada)
    expect(await ada.engine.sendText(group, secret, { id })).toBe(id)
    // What was not read has not begun to go. Cleo was away; when hers is due, her program does not run.
    expect(await textsOf(ben, group)).toEqual([secret])
    await cleo.online()
    await has(cleo, group, secret)
    await cleo.engine.markRead(group)
    await cleo.engine.close()
    await ben.engine.markRead(group)
    await isGone(ben)
    const again = await people.restart(cleo)
    expect(await textsOf(again, group)).toEqual([])
    // Nothing is kept of it, also when everybody goes on.
    await again.online()
    await ada.engine.groups.update(group, { timer: 0 })
    await ada.engine.sendText(group, 'This stays')
    // What is queued is sent by the next program: this one is to send it.
    await eventually('it is sent', () => Promise.resolve(ada.engine.groups.queued === 0))
    for (const device of [ada, ben, again]) {
      await has(device, group, 'This stays')
      expect(await textsOf(device, group)).toEqual(['This stays'])
      await device.engine.close()
      const file = await readFile(device.file)
      expect(file.includes('This stays')).toBe(true)
      expect(file.includes(secret)).toBe(false)
    }
  })

  it('is joined by a link until the link is revoked', async () => {
    const [ada, ben, cleo] = await Promise.all([person('Ada'), person('Ben'), person('Cleo')])
    const group = await founded(ada, 'Open hut')
    const { id, secret } = await ada.engine.groups.createLink(group)
    await ben.engine.groups.join(group, secret)
    // Ada never wrote, and Ben came by himself: she has to say who is here.
    await eventually('Ben knows whom he joined', async () => {
      const names = await ben.engine.groups.names([accountOf(ada)])
      return names.get(accountOf(ada)) === 'Ada'
    })
    await ben.engine.sendText(group, 'I came by the link')
    await has(ada, group, 'I came by the link')
    expect((await ada.engine.groups.view(group)).members.map(({ role }) => role)).toEqual(['owner', 'member'])
    await expect(ben.engine.groups.createLink(group)).rejects.toMatchObject({ code: 'roleInsufficient' })
    await ada.engine.groups.revokeLink(group, id)
    await expect(cleo.engine.groups.join(group, secret)).rejects.toMatchObject({ code: 'linkInvalid' })
  })

  it('lets members go: whoever leaves reads nothing more, and is taken out', async () => {
    const [ada, ben] = await Promise.all([person('Ada'), person('Ben')])
    const group = await founded(ada, 'Short stay', ben)
    await has(ben, group, '(welcomed)')
    await ben.engine.groups.leave(group)
    await has(ada, group, '(left)')
    await eventually('Ben is out', async () => (await ada.engine.groups.view(group)).members.length === 1)
    await ada.engine.sendText(group, 'Alone')
    // Nobody put him out, and so nobody is said to.
    expect((await timeline(ada, group)).slice(-2)).toEqual(['(left)', 'Alone'])
    expect(await textsOf(ben, group)).toEqual([])
    expect((await ben.engine.groups.view(group)).stage).toBe('left')
  })

  it('brings a member that was away up to date, in pages', async () => {
    const [ada, ben] = await Promise.all([person('Ada'), person('Ben')])
    const group = await founded(ada, 'Diary', ben)
    await has(ben, group, '(welcomed)')
    ben.engine.disconnect()
    // What Ben fetches is more than three pages.
    const COMMITS = 25
    const texts: string[] = []
    for (let commit = 0; commit < COMMITS; commit += 1) {
      const batch = Array.from({ length: LIMITS.groupPageEntries / 8 }, (_, at) => `Entry ${commit}.${at}`)
      await Promise.all(batch.map((text) => ada.engine.sendText(group, text)))
      texts.push(...batch)
      await eventually('they are sent', () => Promise.resolve(ada.engine.groups.queued === 0))
      await ada.engine.groups.update(group, { name: `Diary ${commit}` })
    }
    await ben.online()
    await eventually('Ben has all', async () => {
      const [last] = await ben.engine.messages(group, { limit: 1 })
      return (
        last?.content.kind === 'groupEvent' && (await ben.engine.groups.view(group)).name === `Diary ${COMMITS - 1}`
      )
    })
    const messages = await ben.engine.messages(group, { limit: 5_000 })
    expect(messages.flatMap(({ content }) => (content.kind === 'text' ? [content.body] : []))).toEqual(texts)
  })

  it('takes a device in again that lost the group’s state', async () => {
    const [ada, ben] = await Promise.all([person('Ada'), person('Ben')])
    const group = await founded(ada, 'Second chance', ben)
    await has(ben, group, '(welcomed)')
    await ben.engine.groups.rejoin(group)
    await has(ben, group, '(rejoined)')
    await has(ada, group, '(rejoined)')
    await ben.engine.sendText(group, 'Back again')
    await has(ada, group, 'Back again')
    await ada.engine.sendText(group, 'Good')
    await has(ben, group, 'Good')
    expect((await ada.engine.groups.view(group)).members.map(({ devices }) => devices)).toEqual([1, 1])
  })

  it('shows joiners its latest messages if it wants that (Y-1, Y-8), on the word of who shares them', async () => {
    const [ada, cleo, dan] = await Promise.all([person('Ada'), person('Cleo'), person('Dan')])
    // Brings a further device into the group as soon as it can.
    const ben = await people.register('Ben', { random: () => 0 })
    await ben.online()
    const { group } = await ada.engine.groups.create('Open book', [], { suite: 1 })
    await ada.engine.sendText(group, 'One')
    await added(ada, group, ben)
    await has(ben, group, '(welcomed)')
    await ada.engine.sendText(group, 'Two')
    await has(ben, group, 'Two')
    await ben.engine.sendText(group, 'Three')
    await has(ada, group, 'Three')
    await ada.engine.groups.update(group, { history: 2 })
    await has(ben, group, '(history)')
    // It came before the group wanted it.
    expect(await textsOf(ben, group)).toEqual(['Two', 'Three'])
    const { secret } = await ada.engine.groups.createLink(group)
    const further = await people.device('Ben too')
    await further.engine.completeLink(await ben.engine.approveLink(await further.engine.createLinkRequest()))
    await further.online()
    await Promise.all([added(ada, group, cleo), dan.engine.groups.join(group, secret)])
    // Ada and Ben are asked, and both answer: what the first one says is taken, and of that no more than the group shows.
    for (const joiner of [cleo, dan, further]) {
      await has(joiner, group, 'Two')
      const [second, third, coming] = await joiner.engine.messages(group, { limit: 100 })
      expect([second, third].map((message) => message?.content)).toMatchObject([{ body: 'Two' }, { body: 'Three' }])
      expect([second?.from, third?.from]).toEqual([ada, ben].map(accountOf))
      expect([ada, ben].map(accountOf)).toContain(second?.sharedBy)
      expect(third?.sharedBy).toBe(second?.sharedBy)
      expect(coming?.content).toMatchObject({ event: { event: joiner === dan ? 'joined' : 'welcomed' } })
      // It is nothing new: nobody is told, and nothing is unread.
      expect(joiner.texts().filter((text) => text === 'Two' || text === 'Three')).toEqual([])
      const conversation = (await joiner.engine.conversations()).find(({ account }) => account === group)
      expect(conversation?.unread).toBe(0)
    }
  })
})
