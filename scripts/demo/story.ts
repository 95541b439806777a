import { join } from 'node:path'
import { Failure } from '../lib/failure.ts'
import { DemoDevice } from './device.ts'

export interface StoryOptions {
  relayUrl: string
  /** For the devices' files. */
  folder: string
  invite: string | undefined
  /** Tells apart the people of several runs on one relay. */
  suffix: string
  say: (text: string) => void
}

interface Person {
  readonly username: string
  phone: DemoDevice
  laptop: DemoDevice
}

/** Two people with two devices each: the whole path of a conversation. Throws {@link Failure} at the first thing amiss. */
export async function tellStory(options: StoryOptions): Promise<void> {
  const { relayUrl, say } = options
  const people: Person[] = []
  try {
    for (const name of ['Alice', 'Bob']) people.push(await joinIn(name, options))
    const [alice, bob] = people as [Person, Person]

    const bobsAccount = await alice.phone.engine.findByUsername(bob.username)
    const alicesAccount = await bob.phone.engine.findByUsername(alice.username)
    say(`Alice finds Bob by his username @${bob.username}, and Bob finds Alice by @${alice.username}.`)

    const greeting = await alice.phone.engine.sendText(bobsAccount, 'Hello Bob')
    await alice.phone.expectState(greeting, 'sent')
    say('Alice writes "Hello Bob" on her phone: sent (the relay has it, durably).')
    await Promise.all([bob.phone, bob.laptop].map((device) => device.expectTexts(['Hello Bob'])))
    await alice.laptop.expectTexts(['Hello Bob'])
    say("It is on Bob's phone and laptop, and on Alice's laptop.")
    await alice.phone.expectState(greeting, 'delivered')
    say("Alice's phone shows it as delivered.")
    await bob.phone.engine.markRead(alicesAccount, bob.phone.lastMessage().id)
    await alice.phone.expectState(greeting, 'read')
    say("Bob reads it. Alice's phone shows it as read.")

    const answer = await bob.laptop.engine.sendText(alicesAccount, 'Hello Alice')
    await Promise.all([alice.phone, alice.laptop].map((device) => device.expectTexts(['Hello Bob', 'Hello Alice'])))
    await bob.phone.expectTexts(['Hello Bob', 'Hello Alice'])
    await bob.laptop.expectState(answer, 'delivered')
    say('Bob answers "Hello Alice" on his laptop: it is on all four devices, and delivered.')

    const [hers, his] = await Promise.all([
      alice.phone.engine.safetyNumber(bobsAccount),
      bob.laptop.engine.safetyNumber(alicesAccount),
    ])
    if (hers.join(' ') !== his.join(' ')) throw new Failure('The safety numbers differ: somebody stands between.')
    say(`Both see the same safety number: ${hers.join(' ')}.`)

    await bob.phone.engine.close()
    await bob.laptop.engine.close()
    say('Bob closes both of his devices.')
    const waiting = ['One', 'Two', 'Three']
    const ids: string[] = []
    for (const text of waiting) ids.push(await alice.phone.engine.sendText(bobsAccount, text))
    for (const id of ids) await alice.phone.expectState(id, 'sent')
    if (ids.some((id) => alice.phone.stateOf(id) !== 'sent')) throw new Failure('A message to nobody was delivered.')
    say('Alice writes "One", "Two", "Three": sent, and waiting on the relay.')
    bob.phone = await bob.phone.restarted(relayUrl)
    bob.laptop = await bob.laptop.restarted(relayUrl)
    for (const device of [bob.phone, bob.laptop]) {
      await device.online()
      await device.expectTexts(waiting)
    }
    for (const id of ids) await alice.phone.expectState(id, 'delivered')
    say('Bob returns: both devices get the three, in order. Alice sees them delivered.')

    // Anything told twice would come before this one.
    await alice.laptop.engine.sendText(bobsAccount, 'Goodbye')
    await Promise.all([bob.phone, bob.laptop].map((device) => device.expectTexts([...waiting, 'Goodbye'])))
    await alice.phone.expectTexts(['Hello Bob', 'Hello Alice', ...waiting, 'Goodbye'])
    say('Alice says "Goodbye" on her laptop: every device has each message once.')
  } finally {
    await Promise.all(people.flatMap(({ phone, laptop }) => [phone.engine.close(), laptop.engine.close()]))
  }
}

/** Registers a person with a phone, and links a laptop. */
async function joinIn(name: string, options: StoryOptions): Promise<Person> {
  const { relayUrl, folder, invite, suffix, say } = options
  const open = (device: string): Promise<DemoDevice> =>
    DemoDevice.open(`${name}'s ${device}`, relayUrl, join(folder, `${name}-${device}.sqlite`))
  const phone = await open('phone')
  const laptop = await open('laptop')
  await phone.engine.register({
    username: `${name.toLowerCase()}.${suffix}`,
    profileName: name,
    ...(invite === undefined ? {} : { invite }),
  })
  const { username } = phone.engine
  if (username === undefined) throw new Failure(`${name} has no username.`)
  await phone.online()
  say(`${name} registers on a phone as @${username}.`)
  await laptop.engine.completeLink(await phone.engine.approveLink(await laptop.engine.createLinkRequest()))
  await laptop.online()
  await phone.knowsDevices(2)
  say(`${name} links a laptop.`)
  return { username, phone, laptop }
}
