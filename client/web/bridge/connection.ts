import type { EngineApi, EngineEvent } from '../engine/api.ts'

/** The engine, as a tab sees it. */
export interface EngineConnection {
  readonly api: EngineApi
  /**
   * Listens to everything that the engine has to show; what stands comes first. After the worker that hosts the engine
   * died and another took over, everything that stands comes again.
   */
  subscribe(listener: (event: EngineEvent) => void): () => void
  /** Another build of the client waits for the engine. Reload the tab, or {@link agreeToOtherBuild}. */
  onOtherBuild(listener: () => void): () => void
  /** Lets the other build have the engine, once every tab of this build has agreed or is closed. */
  agreeToOtherBuild(): void
}
