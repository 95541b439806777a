/**
 * What it costs not to say who writes: `node bench/sealed.ts`. Writes `results/sealed.json`. Lone hops between the same two devices, in turn: a frame on the
 * sender's own socket, and `POST /v1/deliveries` with a delivery key; the same octets in both. From sending to the envelope on the recipient's socket.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes, toBase64url } from '#protocol/bytes.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { deliveryAccess, deliveryVerifier, newDeliveryKey } from '#protocol/sealed/delivery.ts'
import { SEALED_BODY_BYTES, SEALED_TYPE, sealingKeyHint } from '#protocol/sealed/envelope.ts'
import { newMessageId } from './load/body.ts'
import { connectedDevice } from './load/relay.ts'
import { describeMachine } from './machine.ts'
import { startPostgres, startRelay } from './parts.ts'
import { quantile, spread } from './statistics.ts'

/** Many and short: what else the machine does then meets both ways alike. */
const ROUNDS = 24
const HOPS = 50

const machine = describeMachine()
const folder = await mkdtemp(join(tmpdir(), 'silentrelay-sealed-'))
const postgres = await startPostgres(folder)
const relay = await startRelay(folder, postgres, { name: 'relay', persistAfterS: 3_600 })

/** The smallest body that is sealed. The relay cannot tell random octets from a ciphertext. */
const octets = randomBytes(SEALED_BODY_BYTES[0] ?? 0)
octets[0] = SEALED_TYPE
const sealingKey = randomBytes(1_216)
octets.set(sealingKeyHint(sealingKey), 1)
const body = toBase64url(octets)

/** Hears of each message that came. */
let arrived: (messageId: string) => void = () => undefined

const WAYS = ['identified', 'sealed'] as const
const times = { identified: [] as number[][], sealed: [] as number[][] }
try {
  const sender = await connectedDevice(relay.port)
  const recipient = await connectedDevice(relay.port, toBase64url(sealingKey))
  const access = deliveryAccess(newDeliveryKey(), recipient.account)
  await recipient.call(ROUTES.updateDeliveryKey, {
    version: 1,
    verifier: deliveryVerifier(access),
    keepFormer: false,
  })
  recipient.onFrame = (frame) => {
    if (frame.type !== 'envelopes') return
    recipient.send({ type: 'ack', upTo: frame.items.at(-1)?.seq ?? 0 })
    for (const { messageId } of frame.items) arrived(messageId)
  }
  const hop = async (way: (typeof WAYS)[number]): Promise<number> => {
    const { account: to, registrationId } = recipient
    const message = {
      messageId: newMessageId(),
      to,
      deviceListVersion: 1,
      envelopes: [{ device: 1, registrationId, body }],
    }
    const { promise, resolve } = Promise.withResolvers<number>()
    const startedAt = performance.now()
    arrived = (messageId) => {
      if (messageId === message.messageId) resolve(performance.now() - startedAt)
    }
    if (way === 'identified') sender.send({ type: 'send', messages: [message] })
    else {
      const { answers } = await sender.call(ROUTES.deliver, {
        deliveries: [{ ...message, credential: { deliveryKey: access } }],
      })
      if (answers[0]?.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answers)}`)
    }
    return promise
  }
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const way of WAYS) {
      const taken: number[] = []
      for (let at = 0; at < HOPS; at += 1) taken.push(await hop(way))
      // The first rounds warm up.
      if (round >= 0) times[way].push(taken)
    }
  }
  sender.close()
  recipient.close()
} finally {
  await relay.close()
  await postgres.close()
  await rm(folder, { recursive: true, force: true })
}

const of = (way: (typeof WAYS)[number], p: number) => times[way].map((taken) => quantile(taken, p))
const figure = (p: number) => ({
  identified: spread(of('identified', p)),
  sealed: spread(of('sealed', p)),
  ratio: spread(of('sealed', p).map((value, round) => value / (of('identified', p)[round] ?? Number.NaN))),
})
const p50 = figure(0.5)
const results = {
  at: new Date().toISOString(),
  command: 'node bench/sealed.ts',
  machine,
  rounds: ROUNDS,
  hops: HOPS,
  octets: octets.length,
  milliseconds: { p50, p95: figure(0.95) },
  goal: { ratio: '≤ 1.5×', met: p50.ratio.median <= 1.5 },
}
await writeFile(new URL('results/sealed.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
