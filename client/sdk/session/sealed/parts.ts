/** What `load.ts` loads. Nothing else imports these at start-up. */

export { SealedLayer } from './layer.ts'
export { newSealingKey } from './sealing-keys.ts'
export { Decisions } from './decisions.ts'
