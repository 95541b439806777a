/** What asks the log and verifies its answers: one file of the web client, apart from the engine's. */

export { Checker } from './checker.ts'
export { compareHeads } from './compare-heads.ts'
export { statusOf } from './status.ts'
export { chooseWitness } from './witnesses.ts'
