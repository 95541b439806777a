/**
 * The library's compiled curve, where no bundler left it out, is an Emscripten module: on import under Node it installs
 * an `uncaughtException` listener that throws again and an `unhandledRejection` listener that aborts. A library of ours
 * must not decide how its host dies, so they go as they come. This module must be imported before that one.
 */

type Listener = (...args: unknown[]) => void

interface NodeProcess {
  listeners(event: string): Listener[]
  removeListener(event: string, listener: Listener): unknown
}

const EVENTS = ['uncaughtException', 'unhandledRejection']

// By its global, not by an import: this file also runs in browsers, where there is none.
const node = (globalThis as { process?: Partial<NodeProcess> }).process

function listeners(event: string): Listener[] {
  return node?.listeners?.(event) ?? []
}

const before = new Map(EVENTS.map((event) => [event, new Set(listeners(event))]))

/** Removes what was added to the process since this module was evaluated. Call it at once after the imports. */
export function removeAddedListeners(): void {
  for (const event of EVENTS) {
    for (const listener of listeners(event)) {
      if (before.get(event)?.has(listener) !== true) node?.removeListener?.(event, listener)
    }
  }
}
