/**
 * What the deployment counts, all of it. A label is one word of those that the code has for a kind of thing: never an account, an address or a group, so that
 * metrics say how the deployment fares, and nothing of anybody.
 */

export interface MetricKind {
  /** `counter`: added up for ever. `peak`: the greatest of the last minutes. `time`: when it was last so, in seconds since the epoch. */
  readonly type: 'counter' | 'peak' | 'time'
  readonly help: string
  readonly label?: string
}

export const METRICS = {
  pushes_total: {
    type: 'counter',
    help: 'Devices that were to be woken, by what came of it; dead: given up after hours.',
    label: 'outcome',
  },
  scheduled_runs_total: { type: 'counter', help: 'Runs of scheduled tasks.', label: 'task' },
  scheduled_failures_total: { type: 'counter', help: 'Those whose last step failed.', label: 'task' },
  scheduled_unfinished_total: { type: 'counter', help: 'Those that ended before the task did.', label: 'task' },
  scheduled_done_total: { type: 'counter', help: 'What they deleted, signed or looked at.', label: 'task' },
  scheduled_seconds_total: { type: 'counter', help: 'How long they took.', label: 'task' },
  scheduled_last_run_timestamp_seconds: { type: 'time', help: 'When the last one ended.', label: 'task' },
  drain_failures_total: { type: 'counter', help: 'Attempts of an account to copy to the database that failed.' },
  drain_lag_seconds: {
    type: 'peak',
    help: 'Age of the oldest envelope that could not be copied to the database, the greatest of the last ten minutes; 0 when all could.',
  },
} as const satisfies Record<string, MetricKind>

export type MetricName = keyof typeof METRICS

/** Something that was counted. */
export interface Sample {
  readonly name: MetricName
  /** Where the metric has one. */
  readonly label?: string
  readonly value: number
}
