/** Timers of disappearing messages that are offered, in seconds; 0: they stay. */
const TIMERS = [0, 300, 3_600, 28_800, 86_400, 604_800, 2_419_200] as const

/** What is offered, and what is so now. */
export function offered(usual: readonly number[], present: number): number[] {
  return [...new Set([...usual, present])].sort((a, b) => a - b)
}

export const offeredTimers = (present: number): number[] => offered(TIMERS, present)
