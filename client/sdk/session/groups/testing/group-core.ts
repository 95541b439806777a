/** A device in the middle of a group, for tests of single parts: its core on a store in memory, without a connection. */

import { openMemoryMediaStore } from '../../../media/memory.ts'
import { MemoryDisk } from '../../../store/memory.ts'
import { RelayHttp } from '../../../transport/http.ts'
import { platformTimers } from '../../../transport/timers.ts'
import type { TestMember } from '../../../mls/testing/member.ts'
import { Core, DEFAULT_TIMING, type Platform } from '../../core.ts'
import { Counters } from '../../counters.ts'
import { storedDeviceKeys } from '../../device-key.ts'
import { Emitter } from '../../events.ts'
import { DEFAULT_SETTINGS, type Account } from '../../records.ts'
import { SerialQueue } from '../../serial.ts'
import { nullCipher } from '../../testing/null-cipher.ts'
import { GroupBook } from '../book.ts'

/** The device's disk has this one store. */
const STORE = 'device'

export class GroupCore {
  readonly disk = new MemoryDisk()
  readonly group: string
  readonly #account: Account
  readonly #platform: Partial<Platform>

  private constructor({ device, state }: TestMember, platform: Partial<Platform>) {
    this.group = state.group
    this.#platform = platform
    const key = { privateKey: '', publicKey: '' }
    this.#account = {
      ...device.address,
      stage: 'ready',
      registrationId: 1,
      identity: key,
      deviceKey: null,
      devicePublicKey: '',
      profileName: 'Ada',
      highestDevice: 1,
    }
  }

  /** A device whose store has the member's state. */
  static async of(member: TestMember, platform: Partial<Platform> = {}): Promise<GroupCore> {
    const device = new GroupCore(member, platform)
    const { core, book } = await device.open()
    await core.transact(async (draft) => {
      const record = await book.recordOrNew(draft, device.group)
      await book.save(draft, device.group, { ...record, stage: 'joined', behind: false }, undefined, member.state)
    })
    return device
  }

  /** The core and the groups of a process that begins now, and has killed the one before. */
  async open(): Promise<{ readonly core: Core; readonly book: GroupBook }> {
    this.disk.crash(STORE)
    const store = await this.disk.open(STORE)
    const platform: Platform = {
      fetch: () => Promise.reject(new TypeError('there is no network')),
      openSocket: () => {
        throw new TypeError('there is no network')
      },
      timers: platformTimers,
      random: () => 0,
      cipher: nullCipher,
      deviceKeys: storedDeviceKeys,
      timing: DEFAULT_TIMING,
      mediaStore: openMemoryMediaStore(),
      ...this.#platform,
    }
    const core = new Core({
      store,
      platform,
      http: new RelayHttp('https://relay.test', platform.fetch),
      events: new Emitter(),
      counters: await Counters.read(store),
      serial: new SerialQueue(),
      account: this.#account,
      deviceKey: undefined,
      settings: DEFAULT_SETTINGS,
    })
    return { core, book: new GroupBook(core) }
  }

  failNextCommit(): void {
    this.disk.failNextCommit(STORE)
  }
}
