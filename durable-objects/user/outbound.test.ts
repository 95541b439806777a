import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbound } from './outbound.ts'

describe('outbound', () => {
  it('has one call in flight per recipient, and takes all that arrived meanwhile into the next', async () => {
    const calls: { to: string; messages: readonly number[]; end: () => void }[] = []
    const outbound = new Outbound<number, string>(
      (to, messages) =>
        new Promise((resolve) => {
          calls.push({ to, messages, end: () => resolve(messages.map(String)) })
        }),
      () => 'failed',
    )
    const answers: string[] = []
    const send = (to: string, message: number) => {
      outbound.enqueue(to, message, 1, (answer) => answers.push(answer))
      return outbound.flush()
    }
    const first = send('bob', 1)
    void send('bob', 2)
    void send('bob', 3)
    void send('carol', 4)
    expect(calls.map(({ to, messages }) => [to, [...messages]])).toEqual([
      ['bob', [1]],
      ['carol', [4]],
    ])
    calls[0]?.end()
    await new Promise((resolve) => setImmediate(resolve))
    expect(calls[2]).toMatchObject({ to: 'bob', messages: [2, 3] })
    calls[2]?.end()
    await first
    expect(answers).toEqual(['1', '2', '3'])
  })

  it('S-14: answers every message once and delivers in order, whatever fails: what is behind a failure fails with it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ to: fc.constantFrom('a', 'b'), fails: fc.boolean(), pause: fc.boolean() }), {
          maxLength: 30,
        }),
        async (steps) => {
          const delivered: Record<string, number[]> = { a: [], b: [] }
          const failing = new Set(steps.flatMap(({ fails }, at) => (fails ? [at] : [])))
          const outbound = new Outbound<number, 'ok' | 'failed'>(
            async (to, messages) => {
              await new Promise((resolve) => setImmediate(resolve))
              if (messages.some((message) => failing.has(message))) throw new Error('down')
              delivered[to]?.push(...messages)
              return messages.map(() => 'ok' as const)
            },
            () => 'failed',
          )
          const answers = new Map<number, string[]>()
          for (const [at, { to, pause }] of steps.entries()) {
            answers.set(at, [])
            outbound.enqueue(to, at, 1, (answer) => answers.get(at)?.push(answer))
            void outbound.flush()
            if (pause) await new Promise((resolve) => setImmediate(resolve))
          }
          for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve))
          for (const [at, { to }] of steps.entries()) {
            const given = answers.get(at)
            expect(given).toHaveLength(1)
            expect(delivered[to]?.includes(at)).toBe(given?.[0] === 'ok')
          }
          for (const order of Object.values(delivered)) expect(order).toEqual(order.toSorted((x, y) => x - y))
        },
      ),
      { numRuns: 60 },
    )
  })
})
