/** Answers to a socket's sends, gathered until the end of the turn, so that a batch costs one frame. */

import type { DepositOutcome } from './deposit.ts'
import type { Session } from './session.ts'

export class Answers {
  readonly #waiting = new Map<Session, DepositOutcome[]>()

  /** Queues an answer; all of this turn's leave together. */
  add(session: Session, outcome: DepositOutcome): void {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#flush())
    const outcomes = this.#waiting.get(session)
    if (outcomes) outcomes.push(outcome)
    else this.#waiting.set(session, [outcome])
  }

  #flush(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [session, outcomes] of waiting) answer(session, outcomes)
  }
}

function answer(session: Session, outcomes: readonly DepositOutcome[]): void {
  session.endSends(outcomes.length)
  // In the order of the messages; neighbours that were accepted at one moment share a frame.
  let accepted: { at: number; messageIds: string[] } | undefined
  const flush = () => {
    if (accepted) session.send({ type: 'accepted', ...accepted })
    accepted = undefined
  }
  for (const outcome of outcomes) {
    if (outcome.kind === 'accepted') {
      if (accepted && accepted.at !== outcome.at) flush()
      accepted ??= { at: outcome.at, messageIds: [] }
      accepted.messageIds.push(outcome.messageId)
      continue
    }
    flush()
    if (outcome.kind === 'mismatch') session.send(outcome.mismatch)
    else session.send({ type: 'rejected', messageId: outcome.messageId, code: outcome.code })
  }
  flush()
}
