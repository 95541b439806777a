import { expect, it } from 'vitest'
import { type Family, render } from './render.ts'

it('writes what Prometheus reads: help and type once, labels escaped, nothing of what has no samples', () => {
  const families: Family[] = [
    {
      name: 'pushes_total',
      type: 'counter',
      help: 'Back\\slash\nand line.',
      samples: [
        { labels: { outcome: 'sent' }, value: 3 },
        { labels: { outcome: 'a "b" \\ c' }, value: 0.5 },
      ],
    },
    { name: 'nothing', type: 'gauge', help: 'No samples.', samples: [] },
    { name: 'lag_seconds', type: 'gauge', help: 'Lag.', samples: [{ value: 0 }] },
  ]
  expect(render(families)).toBe(
    [
      '# HELP silentrelay_pushes_total Back\\\\slash\\nand line.',
      '# TYPE silentrelay_pushes_total counter',
      'silentrelay_pushes_total{outcome="sent"} 3',
      String.raw`silentrelay_pushes_total{outcome="a \"b\" \\ c"} 0.5`,
      '# HELP silentrelay_lag_seconds Lag.',
      '# TYPE silentrelay_lag_seconds gauge',
      'silentrelay_lag_seconds 0',
      '',
    ].join('\n'),
  )
})
