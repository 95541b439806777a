/** A page with nothing but the engine, for tests in browsers: `window.engine` and what it told. */

import type { EngineEvent } from '../../engine/api.ts'
import { connectEngine, type EngineConnection } from '../index.ts'

declare global {
  interface Window {
    engine: EngineConnection
    events: EngineEvent[]
  }
}

// `?elected`: as in a browser without SharedWorkers.
if (location.search === '?elected') Reflect.deleteProperty(globalThis, 'SharedWorker')
window.events = []
window.engine = connectEngine()
window.engine.subscribe((event) => window.events.push(event))
