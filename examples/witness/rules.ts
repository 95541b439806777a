/**
 * What a witness decides (C2SP tlog-witness): it cosigns a checkpoint if the log's key signed it, and if it is shown to have grown from
 * the last one that it cosigned. So nobody who asks for its cosignature can be shown a fork.
 */

import { equalBytes } from '#protocol/bytes.ts'
import { verifyConsistency } from '#protocol/merkle/log/verify.ts'
import { fromBase64 } from '#protocol/merkle/notes/base64.ts'
import { type TreeHead, parseCheckpoint } from '#protocol/merkle/notes/checkpoint.ts'
import type { NoteKey } from '#protocol/merkle/notes/keys.ts'
import { parseNote, signatureLine } from '#protocol/merkle/notes/note.ts'
import { openNote } from '#protocol/merkle/notes/open.ts'
import { type NoteSigner, cosign } from '#protocol/merkle/notes/sign.ts'

/** The most hashes that a proof may have, by the specification. */
const MAX_PROOF = 63

/** An answer to `POST /add-checkpoint`. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly body: string
  readonly type?: 'text/x.tlog.size'
}

/** What a witness keeps of each log: the last head that it cosigned. */
export interface WitnessMemory {
  latest(origin: string): TreeHead | undefined
  /** Durable when it resolves: only then is the cosignature given. */
  remember(origin: string, head: TreeHead): Promise<void>
}

interface AddCheckpoint {
  readonly old: number
  readonly proof: readonly Uint8Array[]
  readonly note: string
}

function parseRequest(text: string): AddCheckpoint | undefined {
  const split = text.indexOf('\n\n')
  if (split < 0) return undefined
  const [first = '', ...lines] = text.slice(0, split).split('\n')
  const decimal = /^old (0|[1-9]\d{0,15})$/.exec(first)?.[1]
  if (decimal === undefined || !Number.isSafeInteger(Number(decimal)) || lines.length > MAX_PROOF) return undefined
  const proof = lines.map(fromBase64).filter((hash) => hash?.length === 32)
  if (proof.length !== lines.length) return undefined
  return { old: Number(decimal), proof: proof as Uint8Array[], note: text.slice(split + 2) }
}

export class Witness {
  readonly #signer: NoteSigner
  readonly #logs: readonly NoteKey[]
  readonly #memory: WitnessMemory
  /** One request at a time: what is checked is still so when it is remembered. */
  #last: Promise<unknown> = Promise.resolve()

  /** @param signer of the kind `cosignature` @param logs the keys of those that it watches */
  constructor(signer: NoteSigner, logs: readonly NoteKey[], memory: WitnessMemory) {
    this.#signer = signer
    this.#logs = logs
    this.#memory = memory
  }

  /** Answers a request. @param now milliseconds */
  async addCheckpoint(text: string, now: number): Promise<WitnessAnswer> {
    const answer = this.#last.then(() => this.#decide(text, now))
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async #decide(text: string, now: number): Promise<WitnessAnswer> {
    const request = parseRequest(text)
    const note = request && parseNote(request.note)
    const head = note && parseCheckpoint(note.text)
    if (request === undefined || note === undefined || head === undefined) return { status: 400, body: '' }
    const { old, proof } = request
    const keys = this.#logs.filter(({ name }) => name === head.origin)
    if (keys.length === 0) return { status: 404, body: '' }
    if ((openNote(note, keys)?.length ?? 0) === 0) return { status: 403, body: '' }
    if (old > head.size) return { status: 400, body: '' }
    const latest = this.#memory.latest(head.origin)
    const known = latest?.size ?? 0
    if (old !== known) return { status: 409, body: `${known}\n`, type: 'text/x.tlog.size' }
    // From nothing anything can grow, and nothing can be proved of it.
    if (latest === undefined || known === 0) {
      if (proof.length > 0) return { status: 422, body: '' }
    } else if (known === head.size && !equalBytes(latest.root, head.root)) {
      return { status: 409, body: `${known}\n`, type: 'text/x.tlog.size' }
    } else if (!verifyConsistency(known, head.size, latest.root, head.root, proof)) {
      return { status: 422, body: '' }
    }
    await this.#memory.remember(head.origin, { size: head.size, root: head.root })
    return { status: 200, body: signatureLine(cosign(this.#signer, note.text, Math.floor(now / 1_000))) }
  }
}
