import type { Browser } from 'playwright-core'
import { inject } from 'vitest'
import type { TestSystemOptions } from '#test/support/system.ts'
import { launch, OwnStage, Stage } from './stage.ts'

/** A camera and a microphone that beeps, which may be used. */
const FLAGS = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

let shared: Promise<Browser> | undefined

/** The one of this worker, for all its files: it ends with the worker. */
async function browser(): Promise<Browser> {
  if ((await shared?.catch(() => undefined))?.isConnected() !== true) shared = launch(FLAGS)
  return shared as Promise<Browser>
}

/** For files that neither break the relay nor need it set up otherwise. */
export async function sharedStage(): Promise<Stage> {
  return Stage.on(inject('browserRelay').url, await browser())
}

/** For files that break the relay, or need it set up otherwise. */
export function ownStage(options: TestSystemOptions = {}): Promise<OwnStage> {
  return OwnStage.open(browser(), options)
}
