import { afterEach, expect, it } from 'vitest'
import type { Envelope } from '#protocol/frames/send.ts'
import { Harness, collect, idOf, texts, until } from './testing/harness.ts'

const harness = new Harness()
afterEach(() => harness.close())

const damaged = ({ body, ...envelope }: Envelope) => ({ ...envelope, body: `${body.slice(0, -8)}AAAAAAAA` })
const ids = (events: readonly { readonly messageId: string }[]) => events.map(({ messageId }) => messageId).sort()

it('whatever could not be read, an answer that could not be read included, is told when it came after all', async () => {
  const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
  await ada.sendText(idOf(bob), 'hello')
  await until(async () => (await ada.messages(idOf(bob)))[0]?.state === 'delivered')
  const [unreadable, recovered] = [collect(bob, 'undecryptable'), collect(bob, 'recovered')]
  const account = harness.relay.account(idOf(bob))
  const deposit = account.deposit.bind(account)
  let damages = 0
  account.deposit = (from, message, ...rest) => {
    const isDamaged = from?.account === ada.account && message.ephemeral !== true && (damages -= 1) >= 0
    return deposit(from, isDamaged ? { ...message, envelopes: message.envelopes.map(damaged) } : message, ...rest)
  }
  // A text, the answer to the request for it, and the answer to the request for that.
  damages = 3
  const id = await ada.sendText(idOf(bob), 'thrice lost')
  await until(async () => (await texts(bob, ada.account)).includes('thrice lost'))
  expect((await bob.messages(idOf(ada))).at(-1)?.id).toBe(id)
  // What stands in no timeline is missed as well.
  damages = 1
  await ada.setProfileName('Ada L.')
  await until(async () => (await bob.conversations())[0]?.name === 'Ada L.')
  expect(unreadable).toHaveLength(4)
  expect(ids(recovered)).toEqual(ids(unreadable))
  expect(new Set(recovered.map(({ from }) => from))).toEqual(new Set([ada.account]))
  expect(await texts(bob, ada.account)).toEqual(['hello', 'thrice lost'])
})
