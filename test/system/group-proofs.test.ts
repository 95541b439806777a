import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import * as v from 'valibot'
import { keyLogLookup } from '#protocol/http/key-log.ts'
import type { Platform } from '#sdk/node.ts'
import { People, accountOf } from '../support/people.ts'
import { eventually } from '../support/system.ts'

const relay = inject('sharedRelay')
let people: People

beforeAll(async () => {
  people = await People.at(relay.url)
})

afterAll(() => people?.close())

/** A relay that withholds the log's proofs of some accounts from one device. Counts what the device asks. */
class WithholdingRelay {
  withheld = new Set<string>()
  requests = 0
  readonly platform: Partial<Platform> = {
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (!url.endsWith(keyLogLookup.path) || !response.ok) return response
      this.requests += 1
      const { accounts } = v.parse(keyLogLookup.request, JSON.parse(typeof init.body === 'string' ? init.body : ''))
      const answer = v.parse(keyLogLookup.response, await response.json())
      const shown = answer.accounts.map((part, at) =>
        this.withheld.has(accounts[at]?.account ?? '') ? ({ failed: 'relayUnavailable' } as const) : part,
      )
      return Response.json({ ...answer, accounts: shown })
    },
  }
}

it('Q-29: nothing is sent to a group until the log has shown all its members, whom it is asked about together and once', async () => {
  const liar = new WithholdingRelay()
  const ada = await people.register('Ada', liar.platform)
  const others = await Promise.all(['Ben', 'Cleo', 'Dora', 'Emil'].map((name) => people.register(name)))
  const [ben, cleo] = others
  if (ben === undefined || cleo === undefined) throw new Error('nobody')
  await Promise.all([ada, ...others].map((device) => device.online()))
  liar.withheld.add(accountOf(cleo))
  const { group } = await ada.engine.groups.create('Hut', [])
  await eventually('all can be added', async () => {
    const { unreachable } = await ada.engine.groups.add(group, others.map(accountOf))
    return unreachable.length === 0
  })
  const read = async (text: string) => {
    const messages = await ben.engine.messages(group, { limit: 100 })
    return messages.some(({ content }) => content.kind === 'text' && content.body === text)
  }
  await ada.engine.sendText(group, 'Held')
  await eventually('the others are shown', async () => {
    const states = await Promise.all(others.map((device) => ada.engine.keyLog.status(accountOf(device))))
    return states.filter(({ state }) => state === 'proven').length === others.length - 1
  })
  expect(await ada.engine.keyLog.status(accountOf(cleo))).toMatchObject({ state: 'waiting' })
  expect([ada.engine.groups.queued > 0, await read('Held')]).toEqual([true, false])
  // Others, who are shown all, write meanwhile.
  await eventually('Ben is in', async () => (await ben.engine.groups.view(group)).stage === 'joined')
  await ben.engine.sendText(group, 'Where is Ada?')

  liar.withheld.clear()
  await eventually('it is read', () => read('Held'))
  const asked = liar.requests
  for (const text of ['One', 'Two', 'Three']) {
    await ada.engine.sendText(group, text)
    await eventually('it is read', () => read(text))
  }
  expect(liar.requests).toBe(asked)
  expect(ada.engine.keyLog.evidence()).toEqual([])
})
