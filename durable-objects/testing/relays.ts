/** A relay with its rules only, and sockets that remember what they were sent. */

import type { DownFrame } from '#protocol/frames/down.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import type { Sql } from '../sql.ts'
import { createAccount } from '../user/registration.ts'
import { type Acting, Relay } from '../user/relay.ts'
import { Session, type SessionState } from '../user/session.ts'
import type { TestAccount } from './accounts.ts'
import { nodeSql } from './node-sql.ts'

/** Who changes something in tests that do not ask who. */
export const BY: Acting = { device: 1, correlationId: '0'.repeat(32) }

/** A fresh object's relay with `account` registered. */
export function relayFor(account: TestAccount, sql: Sql = nodeSql(), now = 1_000): Relay {
  const created = createAccount(
    sql,
    undefined,
    { account: account.id, correlationId: 'test', isNew: true, deviceList: account.signed, prekeys: account.upload },
    now,
  )
  if (!created.ok) throw new Error(created.code)
  return new Relay(sql)
}

export class TestSocket {
  readonly frames: DownFrame[] = []
  closed: { code: number; reason: string } | undefined
  saved: SessionState | undefined
  session: Session
  readonly #answered = new Set<string>()

  constructor(relay: Relay, device: number, state: SessionState = { device, greeted: false, sentUpTo: 0 }) {
    this.session = new Session(
      {
        send: (text) => {
          if (!this.closed) this.frames.push(JSON.parse(text) as DownFrame)
        },
        close: (code, reason) => {
          this.closed = { code, reason }
        },
        save: (saved) => {
          this.saved = saved
        },
      },
      relay.inboxes,
      state,
    )
    relay.attach(this.session)
  }

  /** Says hello and returns the frames that came back. */
  hello(
    relay: Relay,
    lastSeq = 0,
    incarnation: string | undefined = relay.account.incarnation,
    now = 2_000,
  ): DownFrame[] {
    const before = this.frames.length
    relay.hello(
      this.session,
      { type: 'hello', version: PROTOCOL_VERSION, lastSeq, ...(incarnation !== undefined && { incarnation }) },
      now,
    )
    return this.frames.slice(before)
  }

  /** Reads everything: answers each check that was not answered yet. */
  readOn(relay: Relay): void {
    for (let at = 0; at < this.frames.length; at += 1) {
      const frame = this.frames[at]
      if (frame?.type !== 'readCheck' || this.#answered.has(frame.nonce)) continue
      this.#answered.add(frame.nonce)
      relay.read(this.session, { type: 'read', nonce: frame.nonce })
    }
  }

  ofType<T extends DownFrame['type']>(type: T): Extract<DownFrame, { type: T }>[] {
    return this.frames.filter((frame): frame is Extract<DownFrame, { type: T }> => frame.type === type)
  }

  /** Seqs and message ids of all envelopes received. */
  received(): { seq: number; messageId: string }[] {
    return this.ofType('envelopes').flatMap(({ items }) => items.map(({ seq, messageId }) => ({ seq, messageId })))
  }
}
