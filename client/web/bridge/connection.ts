import type { EngineApi, EngineEvent } from '../engine/api.ts'

/** The engine, as a tab sees it: `connectEngine()` of the bridge, or the fake one. */
export interface EngineConnection {
  readonly api: EngineApi
  /**
   * Listens to everything that the engine has to show; what stands comes first. After the worker that hosts the engine
   * died and another took over, everything that stands comes again.
   */
  subscribe(listener: (event: EngineEvent) => void): () => void
  /** Resolves when every command that is under way was answered: what was written is kept. */
  idle(): Promise<void>
  /** Another build of the client waits for the engine. Reload the tab, or {@link agreeToOtherBuild}. */
  onOtherBuild(listener: () => void): () => void
  /** Lets the other build have the engine, once every tab of this build has agreed or is closed. */
  agreeToOtherBuild(): void
}
