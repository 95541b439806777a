/** Takes a socket's sends to where they belong: the own inboxes, or another account's object; and brings the answers back. */

import type { OutgoingMessage, Send } from '#protocol/frames/send.ts'
import type { DeviceAddress } from '#protocol/primitives.ts'
import { errorFields, log } from '../log.ts'
import type { Taken } from '../rates/bucket.ts'
import { Answers } from './answers.ts'
import type { DepositOutcome } from './deposit.ts'
import { Outbound } from './outbound.ts'
import type { DepositCall } from './rpc.ts'
import type { Session } from './session.ts'

/** Stores messages in the inboxes of an account. */
type Deposit = (call: DepositCall) => Promise<readonly DepositOutcome[]>

interface Outgoing {
  readonly from: DeviceAddress
  readonly message: OutgoingMessage
}

export class Switchboard {
  readonly #answers = new Answers()
  /** A lane for each pair of sending device and recipient: a device's messages to one account stay in order. */
  readonly #outbound: Outbound<Outgoing, DepositOutcome>

  /** `depositElsewhere` calls another account's object. */
  constructor(depositElsewhere: Deposit) {
    this.#outbound = new Outbound<Outgoing, DepositOutcome>(
      (_, outgoing) => passOn(depositElsewhere, outgoing),
      ({ message: { messageId } }) => ({ kind: 'rejected', messageId, code: 'relayUnavailable' }),
    )
  }

  /**
   * Routes the messages of one frame. `depositHere` stores those to the own account; `mayWriteTo` counts the accounts that
   * others go to. Resolves when every call that this started has been answered; nobody has to wait for that.
   */
  route(
    from: DeviceAddress,
    session: Session,
    { messages }: Send,
    {
      depositHere,
      mayWriteTo,
    }: {
      readonly depositHere: (messages: readonly OutgoingMessage[]) => readonly DepositOutcome[]
      readonly mayWriteTo: (account: string) => Taken
    },
  ): Promise<void> {
    const own: OutgoingMessage[] = []
    for (const message of messages) {
      const { messageId, to } = message
      const taken = to === from.account ? { allowed: true as const } : mayWriteTo(to)
      if (!taken.allowed) {
        session.send({ type: 'rejected', messageId, code: 'rateLimited', retryAfterMs: taken.retryAfterMs })
      } else if (!session.startSend()) {
        session.send({ type: 'rejected', messageId, code: 'tooManyInFlight' })
      } else if (to === from.account) own.push(message)
      else this.#enqueue(from, session, message)
    }
    if (own.length > 0) for (const outcome of depositHere(own)) this.#answers.add(session, outcome)
    return this.#outbound.flush()
  }

  #enqueue(from: DeviceAddress, session: Session, message: OutgoingMessage): void {
    const size = message.envelopes.reduce((sum, { body }) => sum + body.length, 0)
    this.#outbound.enqueue(`${message.to} ${from.device}`, { from, message }, size, (outcome) =>
      this.#answers.add(session, outcome),
    )
  }
}

async function passOn(depositElsewhere: Deposit, outgoing: readonly Outgoing[]): Promise<readonly DepositOutcome[]> {
  const [first] = outgoing
  if (!first) return []
  const correlationId = crypto.randomUUID()
  const messages = outgoing.map(({ message }) => message)
  try {
    return await depositElsewhere({ account: first.message.to, correlationId, from: first.from, messages })
  } catch (error) {
    log('warn', 'deposit.failed', { correlationId, ...errorFields(error), count: messages.length })
    throw error
  }
}
