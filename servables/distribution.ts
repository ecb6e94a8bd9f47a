/** How measured values are spread, as a Prometheus histogram tells it. Plain data: it goes from process to process as it is. */
export interface Distribution {
  /** The highest values of the buckets, ascending. */
  readonly bounds: readonly number[]
  /** How many values came into each bucket, and behind them how many were beyond all bounds. */
  readonly counts: number[]
  /** Of all values. */
  sum: number
}

export function distributionOver(bounds: readonly number[]): Distribution {
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
}

/** Counts a value in; some tens of nanoseconds. */
export function observe(distribution: Distribution, value: number): void {
  const { bounds, counts } = distribution
  let bucket = 0
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++
  counts[bucket]!++
  distribution.sum += value
}
