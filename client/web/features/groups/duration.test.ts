import { expect, it } from 'vitest'
import { clockText, durationText, leftText } from './duration.ts'

it('durations are said in the largest unit that divides them', () => {
  expect(
    [10, 60, 90, 300, 3_600, 7_200, 86_400, 604_800, 2_419_200, 2_419_260].map((seconds) =>
      durationText('en', seconds),
    ),
  ).toEqual([
    '10 seconds',
    '1 minute',
    '90 seconds',
    '5 minutes',
    '1 hour',
    '2 hours',
    '1 day',
    '1 week',
    '4 weeks',
    '40,321 minutes',
  ])
})

it('what is left is shown as on a clock, rounded up', () => {
  expect([0, 1, 22_400, 60_000, 725_000, 3_600_000].map(clockText)).toEqual([
    '0:00',
    '0:01',
    '0:23',
    '1:00',
    '12:05',
    '1:00:00',
  ])
})

it('what is left of a message’s time is said in minutes at least, in the largest unit that there are two of', () => {
  const minutes = [0, 0.5, 1, 1.01, 119, 120, 121, 2_879, 2_880, 20_160].map((count) => leftText('en', count * 60_000))
  expect(minutes).toEqual([
    '1 minute',
    '1 minute',
    '1 minute',
    '2 minutes',
    '119 minutes',
    '2 hours',
    '3 hours',
    '48 hours',
    '2 days',
    '2 weeks',
  ])
})
