import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Platform } from '#sdk/node.ts'
import { DemoDevice } from '#scripts/demo/device.ts'

/** Devices of a test, each with its store in a file; closed and removed together. */
export class People {
  readonly #folder: string
  readonly #devices = new Set<DemoDevice>()
  readonly relayUrl: string

  private constructor(folder: string, relayUrl: string) {
    this.#folder = folder
    this.relayUrl = relayUrl
  }

  static async at(relayUrl: string): Promise<People> {
    return new People(await mkdtemp(join(tmpdir(), 'silentrelay-people-')), relayUrl)
  }

  /** A device with an empty store. */
  async device(name: string, platform: Partial<Platform> = {}): Promise<DemoDevice> {
    const file = join(this.#folder, `${name}-${randomBytes(4).toString('hex')}.sqlite`)
    const device = await DemoDevice.open(name, this.relayUrl, file, platform)
    this.#devices.add(device)
    return device
  }

  /** A registered account's first device, not yet connected. */
  async register(name: string, platform: Partial<Platform> = {}): Promise<DemoDevice> {
    const device = await this.device(name, platform)
    await device.engine.register({ username: uniqueName(name), profileName: name })
    return device
  }

  /** The device after its program was ended and started. */
  async restart(device: DemoDevice): Promise<DemoDevice> {
    const next = await device.restarted(this.relayUrl)
    this.#devices.add(next)
    return next
  }

  async close(): Promise<void> {
    for (const device of this.#devices) await device.engine.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** A username that no other test has. */
export function uniqueName(name: string): string {
  return `${name.toLowerCase()}.${randomBytes(5).toString('hex')}`
}

/** The account of a registered device. */
export function accountOf(device: DemoDevice): string {
  const { account } = device.engine
  if (account === undefined) throw new Error(`${device.name} has no account`)
  return account
}
