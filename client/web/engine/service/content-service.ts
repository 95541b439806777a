/** The commands about what is said in a conversation, besides its texts. */

import type { Engine } from '#sdk/index.ts'
import type { EngineApi } from '../api.ts'

export type ContentApi = Pick<EngineApi, 'setTimer'>

export class ContentService implements ContentApi {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  setTimer(conversation: string, seconds: number): Promise<void> {
    return this.#engine.setTimer(conversation, seconds)
  }
}
