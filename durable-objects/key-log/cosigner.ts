/** Has the newest checkpoint cosigned: asks all witnesses that have not, at once, and gives each that fails time. */

import { errorFields, log } from '../log.ts'
import type { Sequencer } from './sequencer.ts'
import { type PostToWitness, type WitnessSetting, askWitness } from './witnesses.ts'

/** Between two rounds: witnesses are asked about the newest checkpoint, not about each. */
const EVERY_MS = 5_000
/** After a witness said that it stands elsewhere: it is asked again with the proof that it wants. */
const AGAIN_MS = 500
/** First and longest pause after a witness did not answer well. */
const RETRY_MS = 2_000
const RETRY_MAX_MS = 5 * 60_000
/** Rounds that fail for one checkpoint, after which the next checkpoint is waited for: nothing rings while nothing changes. */
const ROUNDS = 8

export class Cosigner {
  readonly #witnesses: readonly WitnessSetting[]
  readonly #post: PostToWitness
  #isRunning = false
  #notBefore = 0
  /** Rounds in a row, of one size, in which a witness failed. */
  #failed = { size: 0, rounds: 0 }

  constructor(witnesses: readonly WitnessSetting[], post: PostToWitness) {
    this.#witnesses = witnesses
    this.#post = post
  }

  /** When to come again (milliseconds); `undefined` while there is nothing to ask. */
  due(sequencer: Sequencer, now: number): number | undefined {
    if (this.#isRunning || this.#waiting(sequencer).length === 0) return undefined
    const { size, rounds } = this.#failed
    if (size === sequencer.size && rounds >= ROUNDS) return undefined
    return Math.max(now, this.#notBefore)
  }

  /** One round. Never rejects. Answers whether something was cosigned. */
  async round(sequencer: Sequencer, now: () => number): Promise<boolean> {
    this.#isRunning = true
    const { size } = sequencer
    const answers = await Promise.all(this.#waiting(sequencer).map((witness) => this.#ask(sequencer, witness)))
    this.#isRunning = false
    const isBad = answers.includes('failed')
    const rounds = isBad ? (this.#failed.size === size ? this.#failed.rounds : 0) + 1 : 0
    this.#failed = { size, rounds }
    const retry = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.max(0, rounds - 1))
    this.#notBefore = now() + (isBad ? retry : answers.includes('again') ? AGAIN_MS : EVERY_MS)
    return answers.includes('cosigned')
  }

  #waiting({ size, cosignatures }: Sequencer): readonly WitnessSetting[] {
    return this.#witnesses.filter(({ verifierKey }) => cosignatures.cosignedSize(verifierKey) < size)
  }

  async #ask(sequencer: Sequencer, witness: WitnessSetting): Promise<'cosigned' | 'again' | 'failed'> {
    const { verifierKey, key } = witness
    const { cosignatures } = sequencer
    const stands = cosignatures.standing(verifierKey)
    const shown = sequencer.shownFrom(stands)
    try {
      const answer = await askWitness(witness, shown, this.#post)
      if (answer.answer === 'cosigned') {
        cosignatures.put(verifierKey, { ...shown, line: answer.line })
        return 'cosigned'
      }
      if (answer.answer === 'refused') {
        log('warn', 'keyLog.witnessRefused', { witness: key.name, status: answer.status })
        return 'failed'
      }
      if (answer.size !== stands && answer.size <= sequencer.size) {
        cosignatures.stands(verifierKey, answer.size)
        return 'again'
      }
      // It saw more of the log than there is, or another root at this size: this storage is not what it cosigned.
      log('error', 'keyLog.witnessDisagrees', { witness: key.name, stands: answer.size, size: shown.size })
      return 'failed'
    } catch (error) {
      log('warn', 'keyLog.witnessFailed', { witness: key.name, ...errorFields(error) })
      return 'failed'
    }
  }
}

/** An answer of a witness has one line of some hundred octets for each of its keys. */
const MAX_ANSWER = 4 * 1_024
const TIMEOUT_MS = 5_000

/** Sends a request to a witness over HTTP. */
export const postToWitness: PostToWitness = async (url, body) => {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_ANSWER) throw new RangeError('a witness’s answer is too long')
  }
  return { status: response.status, body: text }
}
