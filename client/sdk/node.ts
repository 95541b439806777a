/** The engine with what Node adds to it: a store in a file. */

export * from './index.ts'
export { openFileStore } from './store/node/file.ts'
