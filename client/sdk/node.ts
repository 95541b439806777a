/** The engine with what Node adds to it: a store in a file. */

export * from './index.ts'
export { openFileMediaStore } from './media/node/file.ts'
export { openFileStore } from './store/node/file.ts'
