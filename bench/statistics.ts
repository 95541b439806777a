/** Medians and the spread around them: a shared machine disturbs single rounds, and means with them. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The value below which the share `p` (0 to 1) of `values` lies, between neighbours by their distance. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * p
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** Median, least and greatest of one figure of each round. */
export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) }
}
