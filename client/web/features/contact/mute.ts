const HOUR = 3_600_000

/** How long notifications can be off: `null` is for good. */
export const MUTE_FOR = { hour: HOUR, eightHours: 8 * HOUR, week: 7 * 24 * HOUR, always: null } as const
export type MuteFor = keyof typeof MUTE_FOR

/** What `setMuted` takes. */
export function mutedUntil(choice: MuteFor, now: number): number | null {
  const duration = MUTE_FOR[choice]
  return duration === null ? null : now + duration
}
