/**
 * The hash chain over an epoch's messages (SPEC, U-6). Its last points are kept, in blocks, so that one more message
 * rewrites 2 KiB and not all of them.
 */

import { concatBytes, equalBytes } from '#protocol/bytes.ts'
import { type HistoryPoint, historyAfter, historyStart } from '#protocol/groups/binding.ts'
import { MLS_LIMITS } from './config.ts'

const HASH_LENGTH = 32
/** Points in one block. */
const BLOCK = 64
const KEPT_BLOCKS = MLS_LIMITS.historyPoints / BLOCK + 1

/** What an author says that it had seen, compared with what this device has. `unknown`: too long ago to compare. */
export type HistoryVerdict = 'same' | 'forked' | 'unknown'

/** Immutable. */
export class History {
  /** Blocks of points by number; block n has the chain's values after 64n, 64n + 1 … messages. */
  readonly blocks: ReadonlyMap<number, Uint8Array>

  constructor(blocks: ReadonlyMap<number, Uint8Array>) {
    this.blocks = blocks
  }

  /** Before the first message of an epoch. */
  static start(group: string, epoch: number): History {
    return new History(new Map([[0, historyStart(group, epoch).chain]]))
  }

  /** The present end. */
  get end(): HistoryPoint {
    const last = Math.max(...this.blocks.keys())
    const block = this.blocks.get(last) ?? new Uint8Array()
    return { count: last * BLOCK + block.length / HASH_LENGTH - 1, chain: block.subarray(-HASH_LENGTH) }
  }

  /** With one more message, whether or not it could be decrypted. `body` is the octets of its entry. */
  append(messageId: string, body: Uint8Array): History {
    const { count, chain } = historyAfter(this.end, messageId, body)
    const number = Math.floor(count / BLOCK)
    const blocks = new Map(this.blocks)
    blocks.set(number, concatBytes(this.blocks.get(number) ?? new Uint8Array(), chain))
    blocks.delete(number - KEPT_BLOCKS)
    return new History(blocks)
  }

  /** Compares what the author of the next message had seen. It cannot have seen what comes after its own message. */
  compare({ count, chain }: HistoryPoint): HistoryVerdict {
    if (count > this.end.count) return 'forked'
    const at = (count % BLOCK) * HASH_LENGTH
    const own = this.blocks.get(Math.floor(count / BLOCK))?.subarray(at, at + HASH_LENGTH)
    if (own === undefined) return 'unknown'
    return equalBytes(own, chain) ? 'same' : 'forked'
  }
}
