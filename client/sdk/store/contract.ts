import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commitRules } from './contract-commits.ts'
import { lockRules } from './contract-lock.ts'
import { storeModelProperty } from './contract-model.ts'
import { readRules } from './contract-reads.ts'
import { recordRules } from './contract-records.ts'
import type { ContractSubject } from './contract-subject.ts'
import type { Store } from './store.ts'

/** One store's data and lock: `open` may be called again after a close, and finds what was committed. */
export interface StoreHarness {
  open(): Promise<Store>
  /** Removes the data. Every store that the suite opened is closed by then. */
  cleanup(): Promise<void>
}

/** The rules of {@link Store}, on any implementation. `create` makes an empty harness for each test. */
export function storeContract(name: string, create: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness
    let store: Store
    const subject: ContractSubject = {
      get store() {
        return store
      },
      reopen: async () => {
        await store.close()
        store = await harness.open()
      },
      open: () => harness.open(),
    }

    beforeEach(async () => {
      harness = await create()
      store = await harness.open()
    })
    afterEach(async () => {
      await store.close()
      await harness.cleanup()
    })

    readRules(subject)
    recordRules(subject)
    commitRules(subject)
    lockRules(subject)

    it('answers as a plain model does, whatever the batches and restarts', async () => {
      await expect(storeModelProperty(subject)).resolves.toBeUndefined()
    })
  })
}
