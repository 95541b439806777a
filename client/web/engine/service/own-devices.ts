/** Devices of the own account that came without the user here having said to know them: each may read everything. */

import type { Engine } from '#sdk/index.ts'
import type { UiState } from './ui-state.ts'

export class OwnDevices {
  readonly #engine: Engine
  readonly #ui: UiState
  readonly #changed: () => void
  #unknown: readonly number[] = []

  /** @param changed is called when others are unknown than before */
  constructor(engine: Engine, ui: UiState, changed: () => void) {
    this.#engine = engine
    this.#ui = ui
    this.#changed = changed
  }

  get unknown(): readonly number[] {
    return this.#unknown
  }

  /** Looks at the list as it is now. What is there at the first look is known. */
  async look(): Promise<void> {
    if (this.#engine.state !== 'ready') return
    const ids = await this.#ids()
    const { knownDevices } = this.#ui.profile
    if (knownDevices === undefined) await this.#ui.updateProfile({ knownDevices: ids })
    this.#set(ids.filter((id) => knownDevices?.includes(id) === false && id !== this.#engine.device))
  }

  /** The user knows all that there are now. */
  async acknowledge(): Promise<void> {
    await this.#ui.updateProfile({ knownDevices: await this.#ids() })
    this.#set([])
  }

  async #ids(): Promise<number[]> {
    return (await this.#engine.devices()).map(({ id }) => id)
  }

  #set(unknown: readonly number[]): void {
    if (unknown.join() === this.#unknown.join()) return
    this.#unknown = unknown
    this.#changed()
  }
}
