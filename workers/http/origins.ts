import type { WorkerConfig } from '../config.ts'

/** Whether a page of `origin` may call this deployment: its own, and those that it names. */
export function isAllowedOrigin(origin: string, requestUrl: string, config: WorkerConfig): boolean {
  return origin === new URL(requestUrl).origin || config.allowedOrigins.includes(origin)
}
