/** What an operator is told of how the deployment fares. */

import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { METRICS } from '#durable-objects/metrics/table.ts'
import { handle } from '#workers/http/app.ts'
import { takeFromQueue } from '#workers/push/queue.ts'
import { runScheduled } from '#workers/scheduler/run.ts'
import { ORIGIN, call, registeredMember } from './edge-client.ts'

const SECRET = 'o'.repeat(43)
const operator = { ...env, OPERATOR_SECRET: SECRET }

async function scrape(token: string = SECRET): Promise<{ status: number; type: string | null; text: string }> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await handle(new Request(`${ORIGIN}/metrics`, { headers }), operator)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

/** By name and labels. */
const valuesOf = (text: string) =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))] as const),
  )

const message = (body: unknown) => ({ body, attempts: 1, ack: () => undefined, retry: () => undefined })

describe('/metrics', () => {
  it('is there for who has the operator’s secret, and nowhere without one', async () => {
    expect((await call('GET', '/metrics')).body.error?.code).toBe('notFound')
    expect((await call('GET', '/metrics', undefined, { env: { OPERATOR_SECRET: SECRET } })).body.error?.code).toBe(
      'tokenInvalid',
    )
    expect((await scrape('p'.repeat(43))).status).toBe(401)
    expect(await scrape()).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
  })

  it('says what pushes and scheduled tasks came to, how the database and the key log are, and names nobody', async () => {
    const member = await registeredMember()
    const before = valuesOf((await scrape()).text)
    const batch = (queue: string) => ({
      queue,
      messages: [message({ account: member.id, device: 1, correlationId: 'c' }), message('nonsense')],
      ackAll: () => undefined,
    })
    await takeFromQueue(batch('silentrelay-push') as never, env)
    await takeFromQueue(batch('silentrelay-push-dead') as never, env)
    await runScheduled(env, ['envelopes', 'usernames'])
    const { text } = await scrape()
    const after = valuesOf(text)
    const grown = (name: string) => (after.get(`silentrelay_${name}`) ?? 0) - (before.get(`silentrelay_${name}`) ?? 0)
    expect([grown('pushes_total{outcome="needless"}'), grown('pushes_total{outcome="dead"}')]).toEqual([2, 2])
    expect(grown('scheduled_runs_total{task="envelopes"}')).toBe(1)
    expect(after.get('silentrelay_scheduled_last_run_timestamp_seconds{task="usernames"}')).toBeGreaterThan(1_000_000)
    expect(after.get('silentrelay_database_up')).toBe(1)
    expect(after.get('silentrelay_archived_envelopes')).toBeGreaterThanOrEqual(0)
    expect(after.get('silentrelay_key_log_size')).toBeGreaterThan(0)
    expect(after.get('silentrelay_key_log_checkpoint_age_seconds')).toBeGreaterThanOrEqual(0)
    // Each line is a comment, or a name with at most one label that is a word.
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^# (HELP|TYPE) silentrelay_|^silentrelay_[a-z_]+(\{(outcome|task)="[A-Za-z]+"\})? [\d.e+-]+$/,
      )
    }
    for (const name of after.keys()) expect(name).not.toContain(member.id)
    const labels = Object.values(METRICS).flatMap((metric) => ('label' in metric ? [metric.label] : []))
    expect(new Set(labels)).toEqual(new Set(['outcome', 'task']))
  })
})
