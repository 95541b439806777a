/** What the browser tells of itself, by the Chrome DevTools protocol. */

import type { Browser, Page } from 'playwright-core'

const MIB = 2 ** 20

/** Milliseconds of the page's main thread that `work` takes, of its processor's time: other programs do not count. */
export async function mainThread<T>(page: Page, work: () => Promise<T>): Promise<{ result: T; cpu: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  const before = await read()
  const result = await work()
  const cpu = ((await read()) - before) * 1_000
  await session.detach()
  return { result, cpu }
}

/** MiB of the page's JavaScript heap, garbage collected. */
export async function pageHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / MIB
}

/** MiB of the heap of the page's SharedWorker: the engine. Ask last: a worker that is inspected outlives its pages. */
export async function engineHeap(browser: Browser, origin: string): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { targetInfos } = await session.send('Target.getTargets')
  const workers = targetInfos.filter(({ type, url }) => type === 'shared_worker' && url.startsWith(origin))
  const heaps = await Promise.all(
    workers.map(async ({ targetId }) => {
      const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
      const call = (id: number, method: string) =>
        new Promise<{ usedSize?: number }>((resolve) => {
          session.on('Target.receivedMessageFromTarget', (event) => {
            if (event.sessionId !== sessionId) return
            const answer = JSON.parse(event.message) as { id?: number; result?: { usedSize?: number } }
            if (answer.id === id) resolve(answer.result ?? {})
          })
          void session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) })
        })
      await call(1, 'HeapProfiler.collectGarbage')
      const { usedSize = Number.NaN } = await call(2, 'Runtime.getHeapUsage')
      await session.send('Target.detachFromTarget', { sessionId })
      return usedSize / MIB
    }),
  )
  await session.detach()
  // Two people have one each; the one with the long past has more.
  return Math.max(...heaps)
}
