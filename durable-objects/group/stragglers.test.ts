import { describe, expect, it } from 'vitest'
import { withoutStragglers } from './stragglers.ts'

const never = new Promise<string>(() => undefined)
const soon = (value: string) => Promise.resolve(value)

describe('many calls at once', () => {
  it('are answered in their order, without waiting, when all are there', async () => {
    expect(await withoutStragglers([soon('a'), soon('b')], { after: 60_000, atMost: 1 })).toEqual(['a', 'b'])
    expect(await withoutStragglers([], { after: 60_000, atMost: 1 })).toEqual([])
  })

  it('go on without a few that take longer', async () => {
    expect(await withoutStragglers([never, soon('b'), never], { after: 1, atMost: 2 })).toEqual([
      undefined,
      'b',
      undefined,
    ])
  })

  it('are waited for while many take longer: then it is not those few', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const answered = withoutStragglers([never, promise, soon('c')], { after: 1, atMost: 1 })
    const others = await Promise.race([answered, new Promise((wake) => setTimeout(wake, 20))])
    expect(others).toBeUndefined()
    resolve('b')
    expect(await answered).toEqual([undefined, 'b', 'c'])
  })
})
