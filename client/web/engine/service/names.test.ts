import { expect, it } from 'vitest'
import type { Engine } from '#sdk/index.ts'
import { Names } from './names.ts'

const [ADA, BEN] = ['ada', 'ben']

/** What of an engine names are learned from. */
function engineThatKnows(names: ReadonlyMap<string, string>) {
  const asked: string[] = []
  const engine = {
    on: () => () => undefined,
    groups: {
      names: (accounts: Iterable<string>) => {
        asked.push(...accounts)
        return Promise.resolve(names)
      },
    },
  }
  return { asked, engine: engine as unknown as Engine }
}

it('who was found under a username is called so until it is known how it calls itself', async () => {
  const { engine } = engineThatKnows(new Map([[ADA, 'Ada']]))
  const names = new Names(engine, (account) => (account === ADA ? 'ada7984' : undefined))
  expect([names.of(ADA), names.isKnown(ADA)]).toEqual(['@ada7984', false])
  await names.learn([ADA, BEN])
  expect([names.of(ADA), names.isKnown(ADA)]).toEqual(['Ada', true])
  expect([names.of(BEN), names.isKnown(BEN)]).toEqual([undefined, false])
})

it('what is known is not asked for again', async () => {
  const { engine, asked } = engineThatKnows(new Map([[ADA, 'Ada']]))
  const names = new Names(engine, () => undefined)
  await names.learn([ADA])
  await names.learn([ADA])
  expect(asked).toEqual([ADA])
})
