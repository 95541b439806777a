/** A group's relay that keeps the log and the order, and believes everything else. */

import { toBase64url } from '#protocol/bytes.ts'
import type { CommitEntry, GroupEntry, MessageEntry } from '#protocol/groups/entries.ts'
import type { PendingCommit } from '../pending.ts'

export class TestRelay {
  readonly log: GroupEntry[] = []
  epoch = 0
  /** Of the last commit. */
  welcome: { readonly seq: number; readonly epoch: number; readonly body: string } | undefined
  boxes: NonNullable<PendingCommit['request']['boxes']> = []

  get head(): number {
    return this.log.length
  }

  /** Takes a commit, or `undefined` when another one won its epoch (T-3). */
  commit({ request }: PendingCommit): CommitEntry | undefined {
    if (request.epoch !== this.epoch) return undefined
    const { messageId, epoch, body, change, sendKey, welcome, boxes = [] } = request
    const entry: CommitEntry = { kind: 'commit', seq: this.head + 1, at: 0, messageId, epoch, body, change, sendKey }
    this.log.push(entry)
    this.epoch += 1
    this.boxes = boxes
    if (welcome !== undefined) this.welcome = { seq: entry.seq, epoch: this.epoch, body: welcome }
    return entry
  }

  message(messageId: string, body: Uint8Array, epoch = this.epoch): MessageEntry {
    const entry: MessageEntry = {
      kind: 'message',
      seq: this.head + 1,
      at: 0,
      messageId,
      epoch,
      body: toBase64url(body),
    }
    this.log.push(entry)
    return entry
  }
}
