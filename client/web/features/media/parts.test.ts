import { describe, expect, it } from 'vitest'
import { minutesText } from './minutes.ts'
import { shareOf } from './progress.ts'
import { waveformOf } from './waveform.ts'

describe('what is shown of sound and progress', () => {
  it('a waveform has as many bars as there is room for, the loudest full, whatever was recorded', () => {
    expect([...waveformOf([0, 0.25, 0.5, 0.125], 2)]).toEqual([128, 255])
    expect([...waveformOf([], 64)]).toEqual([0])
    expect([...waveformOf([0.2], 64)]).toEqual([255])
    expect(
      waveformOf(
        Array.from({ length: 1_000 }, (_, at) => at / 1_000),
        64,
      ),
    ).toHaveLength(64)
    // Silence stays silent.
    expect(Math.max(...waveformOf([0.000_1, 0.000_2], 64))).toBeLessThan(10)
  })

  it('times are minutes and seconds', () => {
    expect([0, 7.9, 61, 3_600, -1, 59.99].map(minutesText)).toEqual(['0:00', '0:07', '1:01', '60:00', '0:00', '0:59'])
  })

  it('a share is of what has come, and whole when all is here', () => {
    expect(shareOf(undefined)).toBe(0)
    expect(shareOf({ state: 'here' })).toBe(1)
    expect(shareOf({ state: 'downloading', done: 1, total: 4 })).toBe(0.25)
    expect(shareOf({ state: 'failed', code: 'mediaGone' })).toBe(0)
  })
})
