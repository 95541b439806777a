/** Alerts, to a receiver on this machine that answers as the services do. */

import { createHmac } from 'node:crypto'
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate } from '../migrations.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { AlertOutbox } from './alert-outbox.ts'
import { type ChannelName, alertChannels } from './channels.ts'
import type { Action } from './judge.ts'
import { MIGRATIONS } from './schema.ts'
import { sendAlerts } from './send-alerts.ts'

const NOW = 1_795_000_000_000
const SUBJECT = 'a.0123456789abcdef'
const ACTION: Action = {
  to: 'blocked',
  because: ['enumeration', 'flood'],
  until: NOW + 900_000,
  minutes: 15,
  blocks: 2,
}
const SECRET = Buffer.alloc(32, 9).toString('base64url')

/** As PagerDuty documents the Events API v2. */
const PagerDutyEvent = v.strictObject({
  routing_key: v.pipe(v.string(), v.length(32)),
  event_action: v.picklist(['trigger', 'acknowledge', 'resolve']),
  dedup_key: v.pipe(v.string(), v.maxLength(255)),
  payload: v.strictObject({
    summary: v.pipe(v.string(), v.maxLength(1_024)),
    source: v.string(),
    severity: v.picklist(['critical', 'error', 'warning', 'info']),
    timestamp: v.pipe(v.string(), v.isoTimestamp()),
    component: v.string(),
    group: v.string(),
    class: v.string(),
    custom_details: v.record(v.string(), v.string()),
  }),
})

/** As Opsgenie documents "Create alert". */
const OpsgenieAlert = v.strictObject({
  message: v.pipe(v.string(), v.maxLength(130)),
  alias: v.pipe(v.string(), v.maxLength(512)),
  description: v.pipe(v.string(), v.maxLength(15_000)),
  tags: v.pipe(v.array(v.pipe(v.string(), v.maxLength(50))), v.maxLength(20)),
  details: v.record(v.string(), v.string()),
  entity: v.pipe(v.string(), v.maxLength(512)),
  source: v.pipe(v.string(), v.maxLength(100)),
  priority: v.picklist(['P1', 'P2', 'P3', 'P4', 'P5']),
})

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What the services answer to what they take. */
const TAKEN: Record<string, [number, object]> = {
  '/v2/enqueue': [202, { status: 'success', message: 'Event processed', dedup_key: 'x' }],
  '/v2/alerts': [
    202,
    { result: 'Request will be processed', took: 0.302, requestId: '43a29c5c-3dbf-4fa4-9c26-f4f71023e120' },
  ],
  '/hook': [204, {}],
}

let server: Server
let received: Received[]
/** Answers before the usual one, by path. */
let first: Record<string, [number, Record<string, string>][]>
let base: string

beforeEach(async () => {
  received = []
  first = {}
  server = createServer((request, response) => {
    const path = request.url ?? ''
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      received.push({ path, headers: request.headers, body })
      const other = first[path]?.shift()
      const [status, answer] = TAKEN[path] ?? [404, {}]
      response.writeHead(other?.[0] ?? status, { 'content-type': 'application/json', ...other?.[1] })
      response.end((other?.[0] ?? status) === 204 ? undefined : JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => new Promise((resolve) => server.close(resolve)))

function setUp() {
  const sql = nodeSql()
  migrate(sql, MIGRATIONS)
  const channels = alertChannels({
    ALERT_PAGERDUTY_KEY: 'R'.repeat(32),
    ALERT_PAGERDUTY_URL: `${base}/v2/enqueue`,
    ALERT_OPSGENIE_KEY: '7b1d0ab2-1111-2222-3333-444455556666',
    ALERT_OPSGENIE_URL: `${base}/v2/alerts`,
    ALERT_WEBHOOK_URL: `${base}/hook`,
    ALERT_WEBHOOK_SECRET: SECRET,
    UNRELATED: 'x',
  })
  return { sql, channels, outbox: new AlertOutbox(sql) }
}

const only = (channels: ReturnType<typeof alertChannels>, name: ChannelName) =>
  new Map([...channels].filter(([known]) => known === name))

describe('alerts', () => {
  it('go to PagerDuty, Opsgenie and a signed webhook in the forms that these take', async () => {
    const { channels, outbox } = setUp()
    outbox.add(SUBJECT, ACTION, channels.keys(), NOW)
    await sendAlerts(outbox, channels, () => NOW)
    expect(outbox.due).toBeUndefined()
    const at = (path: string) => received.find((one) => one.path === path) as Received
    expect(received).toHaveLength(3)

    const event = v.parse(PagerDutyEvent, JSON.parse(at('/v2/enqueue').body))
    expect(event).toMatchObject({
      routing_key: 'R'.repeat(32),
      event_action: 'trigger',
      dedup_key: `silentrelay:${SUBJECT}`,
    })
    expect(event.payload).toMatchObject({ severity: 'error', class: 'flood', timestamp: new Date(NOW).toISOString() })

    const alert = v.parse(OpsgenieAlert, JSON.parse(at('/v2/alerts').body))
    expect(at('/v2/alerts').headers.authorization).toBe('GenieKey 7b1d0ab2-1111-2222-3333-444455556666')
    expect(alert).toMatchObject({
      priority: 'P2',
      entity: SUBJECT,
      details: { because: 'enumeration, flood', blocks: '2' },
    })

    const { headers, body } = at('/hook')
    const [id, timestamp] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])]
    const mac = createHmac('sha256', Buffer.alloc(32, 9)).update(`${id}.${timestamp}.${body}`).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${mac}`)
    expect(timestamp).toBe(String(NOW / 1_000))
    expect(JSON.parse(body)).toMatchObject({
      type: 'abuse.blocked',
      data: { subject: SUBJECT, minutes: 15, omitted: 0 },
    })
  })

  it('are tried again after growing pauses, over an eviction too, under the same id; what was taken is not sent again', async () => {
    const { sql, channels, outbox } = setUp()
    first = {
      '/hook': [
        [500, {}],
        [503, {}],
      ],
      '/v2/enqueue': [[429, { 'retry-after': '60' }]],
    }
    outbox.add(SUBJECT, ACTION, channels.keys(), NOW)
    await sendAlerts(outbox, channels, () => NOW)
    const pause = (outbox.due ?? 0) - NOW
    expect(pause).toBeGreaterThanOrEqual(1_000)
    expect(pause).toBeLessThanOrEqual(2_000)
    const woken = new AlertOutbox(sql)
    await sendAlerts(woken, channels, () => NOW + pause - 1)
    expect(received).toHaveLength(3)
    await sendAlerts(woken, channels, () => NOW + pause)
    const second = (woken.due ?? 0) - NOW - pause
    expect(second).toBeGreaterThanOrEqual(2_000)
    expect(second).toBeLessThanOrEqual(4_000)
    await sendAlerts(woken, channels, () => NOW + pause + second)
    // The other service said how long.
    expect(woken.due).toBe(NOW + 60_000)
    await sendAlerts(woken, channels, () => NOW + 60_000)
    expect(woken.due).toBeUndefined()
    const counts = Map.groupBy(received, ({ path }) => path)
    expect([counts.get('/hook')?.length, counts.get('/v2/enqueue')?.length, counts.get('/v2/alerts')?.length]).toEqual([
      3, 2, 1,
    ])
    expect(new Set(counts.get('/hook')?.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  it('are given up when they are refused, when nobody answers for hours, and when the place is no longer named', async () => {
    const { channels, outbox } = setUp()
    first = { '/v2/enqueue': [[400, {}]] }
    outbox.add(SUBJECT, ACTION, ['pagerduty', 'opsgenie'], NOW)
    await sendAlerts(outbox, only(channels, 'pagerduty'), () => NOW)
    expect(outbox.due).toBeUndefined()
    expect(received.map(({ path }) => path)).toEqual(['/v2/enqueue'])

    const gone = alertChannels({ ALERT_WEBHOOK_URL: 'http://127.0.0.1:1/', ALERT_WEBHOOK_SECRET: SECRET })
    outbox.add(SUBJECT, ACTION, gone.keys(), NOW)
    // What was given up is told with the next.
    expect(outbox.dueBy(NOW)[0]?.alert.omitted).toBe(2)
    let [now, tries] = [NOW, 0]
    for (; outbox.due !== undefined; tries += 1) {
      now = outbox.due
      await sendAlerts(outbox, gone, () => now)
    }
    expect(tries).toBe(15)
    expect(now - NOW).toBeGreaterThan(60 * 60_000)
    outbox.add(SUBJECT, ACTION, ['webhook'], now)
    expect(outbox.dueBy(now)[0]?.alert.omitted).toBe(1)
  })

  it('are few, however much is done: what comes on top is counted, and the next one says how many', () => {
    const { outbox } = setUp()
    for (let at = 0; at < 100; at += 1) outbox.add(`n.${at}`, ACTION, ['webhook'], NOW)
    expect(outbox.dueBy(NOW)).toHaveLength(6)
    outbox.add(SUBJECT, ACTION, ['webhook'], NOW + 10 * 60_000)
    expect(outbox.dueBy(NOW + 10 * 60_000).at(-1)?.alert).toMatchObject({ subject: SUBJECT, omitted: 94 })
    // While nobody takes them, they do not pile up.
    for (let at = 0; at < 500; at += 1) outbox.add(SUBJECT, ACTION, ['webhook'], NOW + at * 10 * 60_000)
    expect(outbox.dueBy(NOW * 2)).toHaveLength(60)
  })

  it('go nowhere by default, nor to an address that would carry keys in the clear', () => {
    expect([...alertChannels({ ALERT_WEBHOOK_URL: '', ALERT_PAGERDUTY_KEY: '' }).keys()]).toEqual([])
    expect([
      ...alertChannels({ ALERT_WEBHOOK_URL: 'http://alerts.example/', ALERT_WEBHOOK_SECRET: SECRET }).keys(),
    ]).toEqual([])
    expect([...alertChannels({ ALERT_WEBHOOK_URL: 'https://alerts.example/' }).keys()]).toEqual([])
  })
})
