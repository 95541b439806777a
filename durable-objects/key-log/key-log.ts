/** The Durable Object of the deployment's key log: connects the rules to workerd's storage, alarm and R2. */

import { DurableObject } from 'cloudflare:workers'
import type { ClientLogAnswer } from '#protocol/http/client-log.ts'
import type { ObjectEnv } from '../env.ts'
import { inTime } from '../group/in-time.ts'
import { errorFields, log } from '../log.ts'
import { isEmpty, migrate } from '../migrations.ts'
import { sqlOf } from '../sql-storage.ts'
import { AlarmClock } from '../user/alarm-clock.ts'
import { Cosigner, postToWitness } from './cosigner.ts'
import { type KeyLogKeys, keyLogFolder, keyLogKeys } from './keys.ts'
import { CHECKPOINT_PATH, type PublicFolder, publish } from './publish.ts'
import type { AppendCall, AppendOutcome, ClientCall, KeyLogCalls, LogAnswer, LookupCall } from './rpc.ts'
import { MIGRATIONS } from './schema.ts'
import { Sequencer } from './sequencer.ts'
import { readWitnesses } from './witnesses.ts'

const DEFAULT_BATCH_MS = 100
/** R2 takes one write a second to one key (Cloudflare's limits), and the checkpoint is one. */
const PUBLISH_EVERY_MS = 1_000
/** First and longest pause after R2 failed, or a publication was cut off. */
const PUBLISH_RETRY_MS = 5_000
const PUBLISH_RETRY_MAX_MS = 5 * 60_000
/** One call to R2. */
const R2_TIMEOUT_MS = 10_000
/** After a batch that failed. */
const SEQUENCE_RETRY_MS = 1_000

/** R2 has a checkpoint that the object's storage knows nothing of: it was lost, or put back. Going on would sign a second history. */
class KeyLogLostError extends Error {
  override readonly name = 'KeyLogLostError'
  constructor() {
    super('The key log’s storage is not what was published. See docs/operating-the-key-log.md.')
  }
}

export class KeyLog extends DurableObject<ObjectEnv> implements KeyLogCalls {
  readonly #sql = sqlOf(this.ctx.storage)
  readonly #clock = new AlarmClock(this.ctx.storage)
  #opened: Sequencer | undefined
  #opening: Promise<Sequencer> | undefined
  /** Settles with the next batch: whether there was one. */
  #batch = Promise.withResolvers<boolean>()
  #publishing = false
  #publishNotBefore = 0
  #publishFailures = 0
  readonly #witnesses = readWitnesses(this.env.KEY_LOG_WITNESSES)
  readonly #cosigner = new Cosigner(this.#witnesses, postToWitness)

  constructor(ctx: DurableObjectState, env: ObjectEnv) {
    super(ctx, env)
    void ctx.blockConcurrencyWhile(() => this.#clock.load())
  }

  async append(call: AppendCall): Promise<AppendOutcome> {
    const sequencer = await this.#open()
    return this.#taken(() => sequencer.append(call))
  }

  async logManifest(digest: string): Promise<'logged' | 'full'> {
    const sequencer = await this.#open()
    return this.#taken(() => sequencer.manifests.take(digest, Date.now()))
  }

  async lookup({ indexes, since }: LookupCall): Promise<LogAnswer> {
    return (await this.#fresh()).lookup(indexes, since, this.#witnessKeys())
  }

  async client({ digest, since }: ClientCall): Promise<ClientLogAnswer> {
    return (await this.#fresh()).client(digest, since, this.#witnessKeys())
  }

  override async alarm(): Promise<void> {
    this.#clock.rang()
    const sequencer = await this.#open().catch((error: unknown) => {
      log('error', 'keyLog.closed', errorFields(error))
      this.#clock.ringBy(Date.now() + PUBLISH_RETRY_MAX_MS)
    })
    if (sequencer === undefined) return
    const now = Date.now()
    try {
      this.#sequence(sequencer, now, false)
    } catch (error) {
      log('error', 'keyLog.batchFailed', errorFields(error))
      this.#clock.ringBy(now + SEQUENCE_RETRY_MS)
    }
    this.#publish(sequencer, now)
    this.#cosign(sequencer, now)
  }

  /** Takes something, and waits for the batch that has it. */
  async #taken<T extends string>(take: () => T): Promise<Exclude<T, 'waiting'>> {
    for (;;) {
      const outcome = take()
      if (outcome !== 'waiting') return outcome as Exclude<T, 'waiting'>
      this.#clock.ringBy(Date.now() + Number(this.env.KEY_LOG_BATCH_MS ?? DEFAULT_BATCH_MS))
      if (!(await this.#batch.promise)) throw new Error('The key log could not sign.')
    }
  }

  /** The log, with a map root that is not old. */
  async #fresh(): Promise<Sequencer> {
    const sequencer = await this.#open()
    const now = Date.now()
    if (sequencer.isStale(now)) this.#sequence(sequencer, now, true)
    return sequencer
  }

  #witnessKeys(): string[] {
    return this.#witnesses.map(({ verifierKey }) => verifierKey)
  }

  /** One batch. Whoever waits for it is told; who was not in it asks for the next. */
  #sequence(sequencer: Sequencer, now: number, evenIfNothing: boolean): void {
    const { resolve } = this.#batch
    this.#batch = Promise.withResolvers()
    let isDone = false
    try {
      sequencer.sequence(now, evenIfNothing)
      isDone = true
    } finally {
      resolve(isDone)
    }
    if (sequencer.hasPending) this.#clock.ringBy(now)
    if (sequencer.unpublishedCheckpoint !== undefined) this.#clock.ringBy(Math.max(now, this.#publishNotBefore))
    this.#ringForWitnesses(sequencer, now)
  }

  /** Begins to ask the witnesses. Not awaited: neither batches nor lookups wait for them. */
  #cosign(sequencer: Sequencer, now: number): void {
    const due = this.#cosigner.due(sequencer, now)
    if (due === undefined || due > now) return this.#ringForWitnesses(sequencer, now)
    const round = async () => {
      await this.#cosigner.round(sequencer, () => Date.now())
      const { unpublishedCheckpoint } = sequencer
      if (unpublishedCheckpoint !== undefined) this.#clock.ringBy(Math.max(Date.now(), this.#publishNotBefore))
      this.#ringForWitnesses(sequencer, Date.now())
    }
    this.ctx.waitUntil(round())
  }

  #ringForWitnesses(sequencer: Sequencer, now: number): void {
    const due = this.#cosigner.due(sequencer, now)
    if (due !== undefined) this.#clock.ringBy(due)
  }

  /** Begins to bring to R2 what it lacks. Not awaited: the next batch does not wait for R2. */
  #publish(sequencer: Sequencer, now: number): void {
    if (sequencer.unpublishedCheckpoint === undefined) return
    if (this.#publishing || now < this.#publishNotBefore) {
      this.#clock.ringBy(Math.max(this.#publishNotBefore, now + PUBLISH_EVERY_MS))
      return
    }
    this.#publishing = true
    this.#publishNotBefore = now + PUBLISH_EVERY_MS
    // Should the object die meanwhile, the alarm begins again.
    this.#clock.ringBy(now + PUBLISH_RETRY_MS)
    this.ctx.waitUntil(this.#bring(sequencer))
  }

  async #bring(sequencer: Sequencer): Promise<void> {
    try {
      await publish(sequencer, this.#folder())
      this.#publishFailures = 0
    } catch (error) {
      const pause = Math.min(PUBLISH_RETRY_MAX_MS, PUBLISH_RETRY_MS * 2 ** this.#publishFailures)
      this.#publishFailures += 1
      this.#publishNotBefore = Date.now() + pause
      log('warn', 'keyLog.publishFailed', { ...errorFields(error), retryInMs: pause })
    }
    this.#publishing = false
    if (sequencer.unpublishedCheckpoint !== undefined) this.#clock.ringBy(this.#publishNotBefore)
  }

  #folder(): PublicFolder {
    const { MEDIA: bucket } = this.env
    const folder = keyLogFolder(this.#keys())
    return {
      put: async (path, bytes) => {
        await inTime(bucket.put(`${folder}${path}`, bytes), R2_TIMEOUT_MS)
      },
      removeBelow: async (prefix) => {
        // At most 255, of which one page has all.
        const { objects } = await inTime(bucket.list({ prefix: `${folder}${prefix}` }), R2_TIMEOUT_MS)
        const keys = objects.map(({ key }) => key)
        if (keys.length > 0) await inTime(bucket.delete(keys), R2_TIMEOUT_MS)
      },
    }
  }

  /** Opens the log. Rejects, each time, while it must not go on. */
  async #open(): Promise<Sequencer> {
    if (this.#opened !== undefined) return this.#opened
    this.#opening ??= this.#load().finally(() => {
      this.#opening = undefined
    })
    this.#opened = await this.#opening
    return this.#opened
  }

  async #load(): Promise<Sequencer> {
    const isNew = isEmpty(this.#sql)
    const published = await this.#published().catch((error: unknown) => {
      if (isNew) throw error
      // A log that is there goes on without R2.
      log('warn', 'keyLog.publishedUnknown', errorFields(error))
    })
    if (isNew && published !== undefined) throw new KeyLogLostError()
    migrate(this.#sql, MIGRATIONS)
    const sequencer = new Sequencer(this.#sql, this.#keys())
    if (published !== undefined && !sequencer.isAtLeast(published)) throw new KeyLogLostError()
    return sequencer
  }

  /** The checkpoint that R2 has. */
  async #published(): Promise<string | undefined> {
    const path = `${keyLogFolder(this.#keys())}${CHECKPOINT_PATH}`
    const read = async () => (await this.env.MEDIA.get(path))?.text()
    return inTime(read(), R2_TIMEOUT_MS)
  }

  #keys(): KeyLogKeys {
    const keys = keyLogKeys(this.env)
    if (keys === undefined) throw new Error('KEY_LOG_SECRET is not set.')
    return keys
  }
}
