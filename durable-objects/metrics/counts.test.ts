import { describe, expect, it } from 'vitest'
import { migrate } from '../migrations.ts'
import { nodeSql } from '../testing/node-sql.ts'
import { Counts, MIGRATIONS, PEAK_MS } from './counts.ts'
import type { Sample } from './table.ts'

function newCounts() {
  const sql = nodeSql()
  migrate(sql, MIGRATIONS)
  return { sql, counts: new Counts(sql) }
}

describe('what is counted', () => {
  it('is added up by label, over an eviction too', () => {
    const { sql, counts } = newCounts()
    counts.count([{ name: 'pushes_total', label: 'sent', value: 2 }], 1)
    counts.count(
      [
        { name: 'pushes_total', label: 'sent', value: 3 },
        { name: 'pushes_total', label: 'gone', value: 1 },
        { name: 'drain_failures_total', value: 1 },
      ],
      2,
    )
    expect(new Counts(sql).all(3)).toEqual([
      { name: 'drain_failures_total', value: 1 },
      { name: 'pushes_total', label: 'gone', value: 1 },
      { name: 'pushes_total', label: 'sent', value: 5 },
    ])
  })

  it('is a peak of the last minutes, and then nothing', () => {
    const { counts } = newCounts()
    const lag = (value: number, now: number) => counts.count([{ name: 'drain_lag_seconds', value }], now)
    const read = (now: number) => counts.all(now)[0]?.value
    lag(50, 1_000)
    lag(40, 2_000)
    expect(read(2_000)).toBe(50)
    expect(read(2_000 + PEAK_MS)).toBe(0)
    lag(10, 2_000 + PEAK_MS)
    expect(read(2_000 + PEAK_MS)).toBe(10)
  })

  it('is when something was last so, whatever comes late', () => {
    const { counts } = newCounts()
    const ran = (value: number) =>
      counts.count([{ name: 'scheduled_last_run_timestamp_seconds', label: 'media', value }], 1)
    ran(100)
    ran(90)
    expect(counts.all(1)).toEqual([{ name: 'scheduled_last_run_timestamp_seconds', label: 'media', value: 100 }])
  })

  it('names nobody: what is no word of a label, or of no metric, is not counted', () => {
    const { counts } = newCounts()
    const account = 'q2VvTXp-Y2JkZWZnaGlqaw'
    counts.count(
      [
        { name: 'pushes_total', label: account, value: 1 },
        { name: 'pushes_total', label: '10.0.0.1', value: 1 },
        { name: 'pushes_total', value: 1 },
        { name: 'drain_failures_total', label: 'sent', value: 1 },
        { name: 'of_another_build', value: 1 } as unknown as Sample,
      ],
      1,
    )
    expect(counts.all(1)).toEqual([])
  })
})
