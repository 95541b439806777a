/**
 * What pairwise encryption costs: medians in milliseconds, as JSON, beside the budgets. `node bench/crypto.ts`.
 * Medians, since other processes of a shared machine disturb the mean.
 */

import { Peer, connectedPeers } from '#sdk/crypto/testing/peer.ts'

const BODY = new Uint8Array(1_024)

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

/** Median time of `run`, which gets what `prepare` made outside the clock. */
async function measure<T>(rounds: number, prepare: () => Promise<T>, run: (input: T) => Promise<unknown>) {
  const times: number[] = []
  for (let round = -rounds / 5; round < rounds; round += 1) {
    const input = await prepare()
    const start = performance.now()
    await run(input)
    // The first rounds warm up the compiler.
    if (round >= 0) times.push(performance.now() - start)
  }
  return Number(median(times).toFixed(3))
}

// One pair for each measure: messages that are never read would leave their keys in the reader's record.
const [alice, bob] = await connectedPeers()
const [carol, dave] = await connectedPeers()
let turn = await connectedPeers()
const nothing = () => Promise.resolve()

const results = {
  sessionBuild: {
    budget: 15,
    median: await measure(
      50,
      async () => ({ from: await Peer.create('from'), to: await Peer.create('to') }),
      ({ from, to }) => from.start(to),
    ),
  },
  firstMessageDecrypt: {
    median: await measure(
      50,
      async () => {
        const [from, to] = [await Peer.create('from'), await Peer.create('to')]
        return { from, to, body: await from.startAndSend(to, BODY) }
      },
      ({ from, to, body }) => to.receive(from, body),
    ),
  },
  encrypt1KiB: { budget: 0.5, median: await measure(2_000, nothing, () => alice.send(bob, BODY)) },
  decrypt1KiB: {
    budget: 0.5,
    median: await measure(
      2_000,
      () => carol.send(dave, BODY),
      (body) => dave.receive(carol, body),
    ),
  },
  /** Every message answers one: the most expensive way to talk, two X25519 agreements each. */
  decryptWithRatchetStep1KiB: {
    median: await measure(
      2_000,
      async () => {
        turn = [turn[1], turn[0]]
        return turn[0].send(turn[1], BODY)
      },
      (body) => turn[1].receive(turn[0], body),
    ),
  },
}

process.stdout.write(`${JSON.stringify({ unit: 'ms', node: process.version, results }, undefined, 2)}\n`)
