/** The way of this tab over to another build: nothing that was written here is left behind. */

import { create } from 'zustand'
import type { EngineConnection } from './api.ts'

/** An engine that does not answer must not hold the tab for longer. Milliseconds. */
const PATIENCE_MS = 2_000

const useHandover = create<{ readonly waits: boolean }>(() => ({ waits: false }))
const savers = new Set<() => void>()
let connection: EngineConnection | undefined

/** Called once, by `startEngine`. Answers what ends it. */
export function startHandover(engine: EngineConnection): () => void {
  connection = engine
  return engine.onOtherBuild(() => useHandover.setState({ waits: true }))
}

/** Whether another build waits, or has waited, for the engine of this one. */
export const useOtherBuildWaits = (): boolean => useHandover(({ waits }) => waits)

/** Calls `save`, which sends a command, before this tab leaves its build. Answers what ends it. */
export function beforeLeaving(save: () => void): () => void {
  savers.add(save)
  return () => savers.delete(save)
}

/** Resolves when the engine has everything that was written here. */
export async function keepEverything(): Promise<void> {
  for (const save of savers) save()
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))
  await Promise.race([connection?.idle(), patience])
}

/** Keeps everything, and lets the build that waits have the engine. Reload after it. */
export async function handOver(): Promise<void> {
  await keepEverything()
  connection?.agreeToOtherBuild()
}
