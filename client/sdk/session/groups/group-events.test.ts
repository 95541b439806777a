import { expect, it } from 'vitest'
import { type Seen, eventsOf } from './group-events.ts'

const [ADA, BEN, CLEO] = ['ada', 'ben', 'cleo']
const details = { name: 'Rope team', policy: { add: 'admin' }, links: [] } as unknown as Seen['details']
const seen = (accounts: string[], left: string[] = []): Seen => ({ accounts: new Set(accounts), details, left })

/** What Ada's commit that takes these out is told as. */
function removing(accounts: string[], before: Seen) {
  const remove = accounts.map((account) => ({ account, device: 1 }))
  const change = { add: [], remove, roles: [] }
  const applied = { kind: 'applied', by: { account: ADA, device: 1 }, change } as unknown as Parameters<
    typeof eventsOf
  >[0]
  return eventsOf(applied, before, seen([...before.accounts].filter((account) => !accounts.includes(account))))
}

it('whoever is put out is told of by who did it', () => {
  expect(removing([BEN], seen([ADA, BEN, CLEO]))).toEqual([{ event: 'removed', by: ADA, accounts: [BEN] }])
})

it('whoever left is not said to have been put out when its keys go', () => {
  expect(removing([BEN], seen([ADA, BEN, CLEO], [BEN]))).toEqual([])
  expect(removing([BEN, CLEO], seen([ADA, BEN, CLEO], [BEN]))).toEqual([
    { event: 'removed', by: ADA, accounts: [CLEO] },
  ])
})
