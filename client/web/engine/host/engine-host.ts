/**
 * The one engine of a browser profile: takes the exclusive lock, opens the vault, opens the engine, and goes back through
 * these states on a lock or a handover to another build.
 */

import { SerialQueue } from '#sdk/session/serial.ts'
import { LocksUnavailableError } from '#sdk/store/errors.ts'
import { type ExclusiveLocks, type HeldLock, holdLock } from '#sdk/store/web-lock.ts'
import type { EngineApi, EngineEvent, NewAppLock, Phase, Unlock } from '../api.ts'
import type { EngineService, ServiceApi } from '../engine-service.ts'
import { toFailureCode } from '../failure.ts'
import { LockedError } from '../keys/errors.ts'
import { type KeyDatabase, openKeyDatabase } from '../keys/key-database.ts'
import { Vault, type VaultOptions } from '../keys/vault.ts'
import { EventBatch } from '../service/event-batch.ts'
import { commandsBy, runCommand } from './commands.ts'
import { engineLock } from './messages.ts'
import { openSession, type SessionOptions } from './session.ts'

/**
 * A former worker needs a moment to die: until then the lock is no sign of another build. Another build is asked soon, since
 * that asks nothing of tabs of this one; the tabs are told later, since what they show instead ends what they do. Milliseconds.
 */
const ASK_AFTER_MS = 400
const TELL_AFTER_MS = 2_000
/** The longest that a timer takes; waited again after it. */
const LONG_MS = 0x7fff_ffff

export interface HostOptions extends SessionOptions {
  /** Absent where the platform has none: then no engine runs. */
  readonly locks: ExclusiveLocks | undefined
  readonly vault?: VaultOptions
  /** To all tabs. */
  readonly deliver: (events: readonly EngineEvent[]) => void
  /** Another build has the engine. */
  readonly askOtherBuild: () => void
}

/** The commands that work without an open engine. */
type HostCommands = Omit<EngineApi, keyof ServiceApi>

export class EngineHost {
  /** What tabs call. Rejects with plain `CommandFailure`s. */
  readonly api: EngineApi
  readonly #options: HostOptions
  readonly #batch: EventBatch
  /** Changes of state take their turns here. */
  readonly #turns = new SerialQueue()
  readonly #own: HostCommands
  #phase: Phase = { phase: 'starting' }
  #lock: HeldLock | undefined
  #database: KeyDatabase | undefined
  #vault: Vault | undefined
  #service: EngineService | undefined
  /** Resolves when the state is one in which calls make sense. */
  #settled: Promise<void> = Promise.resolve()

  constructor(options: HostOptions) {
    this.#options = options
    this.#batch = new EventBatch(options.deliver)
    this.#own = {
      unlock: (by) => this.#unlock(by),
      lock: () => this.#lockUp(),
      setAppLock: (lock) => this.#setAppLock(lock),
      passkeyLock: () => Promise.resolve(this.#vault?.passkey),
    }
    this.api = commandsBy(async (name, args) => {
      await this.#settled
      const target = name in this.#own ? this.#own : this.#service?.api
      return runCommand(target ?? commandsBy(() => Promise.reject(new LockedError())), name, args)
    })
  }

  /** Waits for the lock, for as long as it takes, and opens. Failures are a phase. */
  start(): Promise<void> {
    this.#settled = this.#start(true)
    return this.#settled
  }

  /**
   * Lets the build that waits have the engine. It comes back when that one ends: commands wait until then, rather than
   * fail in a tab that is about to be reloaded.
   */
  handOver(): Promise<void> {
    this.#settled = this.stop().then(() => this.#start(false))
    return this.#settled
  }

  /** What a tab needs to draw everything but timelines. */
  snapshot(): readonly EngineEvent[] {
    // What is gathered is older than the snapshot: it must not come after it.
    this.#batch.flush()
    return this.#service?.snapshot() ?? [{ type: 'phase', phase: this.#phase }]
  }

  networkAvailable(): void {
    this.#service?.networkAvailable()
  }

  /** Lets the next host have the engine. Resolves when it can. */
  async stop(): Promise<void> {
    await this.#turns.run(async () => {
      await this.#closeService()
      this.#vault?.forget()
      this.#database?.close()
      await this.#lock?.release()
      this.#lock = undefined
      this.#tell({ phase: 'waitingForOtherBuild' })
    })
  }

  async #start(ask: boolean): Promise<void> {
    try {
      const { locks } = this.#options
      if (locks === undefined) throw new LocksUnavailableError()
      this.#lock = await this.#takeLock(locks, ask)
      this.#tell({ phase: 'starting' })
      await this.#turns.run(async () => {
        this.#database = await openKeyDatabase(this.#options.profile)
        this.#vault = await Vault.open(this.#database, this.#options.vault)
        if (this.#vault.isOpen) await this.#openService(this.#vault)
        else this.#tellLocked(this.#vault)
      })
    } catch (error) {
      this.#tell({ phase: 'failed', code: toFailureCode(error) })
    }
  }

  async #takeLock(locks: ExclusiveLocks, ask: boolean): Promise<HeldLock> {
    const asking = setTimeout(() => ask && this.#options.askOtherBuild(), ASK_AFTER_MS)
    const telling = setTimeout(() => this.#tell({ phase: 'waitingForOtherBuild' }), TELL_AFTER_MS)
    try {
      for (;;) {
        const lost = () => void this.#stolen()
        const lock = await holdLock(locks, engineLock(this.#options.profile), LONG_MS, lost)
        if (lock !== undefined) return lock
      }
    } finally {
      clearTimeout(asking)
      clearTimeout(telling)
    }
  }

  /** Nobody of ours steals locks: whoever does must not find a second engine. */
  async #stolen(): Promise<void> {
    await this.#turns.run(() => this.#closeService())
    this.#tell({ phase: 'failed', code: 'storageLost' })
  }

  #unlock(by: Unlock): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#service !== undefined) return
      if (this.#vault === undefined) throw new LockedError()
      await this.#vault.unlock(by)
      await this.#openService(this.#vault)
    })
  }

  /** Without an app lock there is nothing that would open it again: nothing happens. */
  #lockUp(): Promise<void> {
    return this.#turns.run(async () => {
      const vault = this.#vault
      if (vault === undefined || vault.appLock === 'none') return
      await this.#closeService()
      vault.forget()
      this.#tellLocked(vault)
    })
  }

  #setAppLock(lock: NewAppLock): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#vault === undefined || this.#service === undefined) throw new LockedError()
      await this.#vault.setLock(lock)
      this.#batch.add({ type: 'phase', phase: this.#service.phase() })
    })
  }

  async #openService(vault: Vault): Promise<void> {
    const database = this.#database
    if (database === undefined) throw new LockedError()
    try {
      this.#service = await openSession(this.#options, database, vault, (event) => this.#batch.add(event))
    } catch (error) {
      vault.forget()
      throw error
    }
    for (const event of this.#service.snapshot()) this.#batch.add(event)
    this.#batch.flush()
  }

  async #closeService(): Promise<void> {
    const service = this.#service
    this.#service = undefined
    await service?.close()
    // Nothing of what was open is told after it is closed.
    this.#batch.clear()
  }

  #tellLocked({ appLock }: Vault): void {
    if (appLock !== 'none') this.#tell({ phase: 'locked', lock: appLock })
  }

  #tell(phase: Phase): void {
    this.#phase = phase
    this.#batch.add({ type: 'phase', phase })
    this.#batch.flush()
  }
}
