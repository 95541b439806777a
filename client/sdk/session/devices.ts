/** The own account's devices: following the signed list, and making its next version. */

import type { DeviceList, SignedDeviceList } from '#protocol/device-list.ts'
import type { Welcome } from '#protocol/frames/hello.ts'
import { fetchDeviceList, updateDeviceList } from '#protocol/http/devices.ts'
import type { PrekeyUpload } from '#protocol/prekeys.ts'
import { RelayError } from '../transport/errors.ts'
import { signList } from './sign-list.ts'
import type { Auth } from './auth.ts'
import type { Core } from './core.ts'
import { adoptDeviceList, knownDeviceList } from './directory.ts'
import type { Draft } from './draft.ts'
import { DeviceListError, DeviceRevokedError } from './errors.ts'
import { saveAccount } from './profile.ts'
import { deviceListKey, deviceListRecord, sessionKey } from './records.ts'

/** Tries at making the next version while other devices make theirs. */
const MAX_CONFLICTS = 5

/** A device of the own account. */
export interface OwnDevice {
  readonly id: number
  readonly isThis: boolean
  /** About since when it is not in use, where the relay says so. */
  readonly idleSince?: number | undefined
}

export class Devices {
  readonly #core: Core
  readonly #auth: Auth
  /** As the relay said with the last connection. */
  #idle: Welcome['idleDevices']

  constructor(core: Core, auth: Auth) {
    this.#core = core
    this.#auth = auth
  }

  async list(): Promise<OwnDevice[]> {
    const { device } = this.#core.requireAccount()
    const list = await this.#known()
    return (list?.devices ?? []).map(({ id }) => ({
      id,
      isThis: id === device,
      idleSince: this.#idle?.find((idle) => idle.device === id)?.since,
    }))
  }

  welcomed({ idleDevices, deviceListVersion }: Welcome): Promise<boolean> {
    this.#idle = idleDevices
    return this.follow(deviceListVersion)
  }

  /** Fetches the list when the relay speaks of another version. Answers whether this device is still on it. */
  async follow(version: number): Promise<boolean> {
    const known = await this.#known()
    if (known?.version === version) return true
    if (known !== undefined && known.version > version) {
      await this.#remind()
      return true
    }
    return this.refresh()
  }

  /** Fetches the list. Answers whether this device is still on it. */
  async refresh(): Promise<boolean> {
    const { account, device } = this.#core.requireAccount()
    const { deviceList } = await this.#auth.call(fetchDeviceList, { account })
    const list = await this.#core.transact((draft) => this.#adopt(draft, deviceList))
    return list.devices.some(({ id }) => id === device)
  }

  /**
   * Makes the list's next version and has the relay take it. `change` may run several times, each time on the newest list.
   *
   * @throws RelayError, OfflineError, DeviceRevokedError
   */
  async update(
    change: (list: DeviceList) => {
      devices: DeviceList['devices']
      prekeys?: { device: number; upload: PrekeyUpload }[]
    },
  ): Promise<DeviceList> {
    for (let conflicts = 0; ; conflicts += 1) {
      const known = await this.#known()
      if (known === undefined) throw new DeviceRevokedError()
      const { devices, prekeys } = change(known)
      const next: DeviceList = { ...known, version: known.version + 1, devices }
      const deviceList = signList(this.#core.requireAccount(), next)
      try {
        await this.#auth.call(updateDeviceList, { deviceList, ...(prekeys === undefined ? {} : { prekeys }) })
        return await this.#core.transact((draft) => this.#adopt(draft, deviceList))
      } catch (error) {
        const isConflict = error instanceof RelayError && error.code === 'deviceListConflict'
        if (!isConflict || conflicts === MAX_CONFLICTS) throw error
        if (!(await this.refresh())) throw new DeviceRevokedError()
      }
    }
  }

  /** Removes a device from the account: it gets no message any more, and its tokens end. */
  async revoke(id: number): Promise<void> {
    await this.update(({ devices }) => ({ devices: devices.filter((device) => device.id !== id) }))
  }

  /** A relay that lost its storage may have an older list than ours: it is given the newest. */
  async #remind(): Promise<void> {
    const { account } = this.#core.requireAccount()
    const signed = await this.#core.transact((draft) => draft.get(deviceListRecord, deviceListKey(account)))
    // It takes the list or has good reasons not to; the next connection finds out.
    if (signed !== undefined) await this.#auth.call(updateDeviceList, { deviceList: signed }).catch(() => undefined)
  }

  #known(): Promise<DeviceList | undefined> {
    const { account } = this.#core.requireAccount()
    return this.#core.transact((draft) => knownDeviceList(draft, account))
  }

  async #adopt(draft: Draft, signed: SignedDeviceList): Promise<DeviceList> {
    const own = this.#core.requireAccount()
    const before = await knownDeviceList(draft, own.account)
    const list = await this.#verified(draft, signed, before)
    const highestDevice = Math.max(own.highestDevice, ...list.devices.map(({ id }) => id))
    const isHere = list.devices.some(({ id }) => id === own.device)
    if (!isHere || highestDevice !== own.highestDevice) {
      saveAccount(this.#core, draft, { ...own, highestDevice, stage: isHere ? own.stage : 'revoked' })
    }
    for (const { id } of before?.devices ?? []) {
      if (!list.devices.some((device) => device.id === id)) draft.delete(sessionKey(own.account, id))
    }
    if (before?.version !== list.version) {
      draft.announce(() => this.#core.events.emit('deviceListChanged', { version: list.version }))
    }
    return list
  }

  /** A version that came late is no reason to stop: the newer one that is known stays. */
  async #verified(draft: Draft, signed: SignedDeviceList, before: DeviceList | undefined): Promise<DeviceList> {
    const { account } = this.#core.requireAccount()
    try {
      return await adoptDeviceList(draft, this.#core.requireAccount(), account, signed)
    } catch (error) {
      if (error instanceof DeviceListError && error.code === 'deviceListRolledBack' && before !== undefined)
        return before
      throw error
    }
  }
}
