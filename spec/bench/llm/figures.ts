/** Figures out of the times at which tokens came, in seconds; the same for every engine. */
export type Times = readonly (readonly number[])[]

export const median = (numbers: readonly number[]) => quantile(numbers, 0.5)

/** The smallest number that so large a part of all is not above. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN
}

/** Tokens a second while all answers are in progress: from the last one's first token to the first one's last. */
export function decodeRate(times: Times): number {
  const from = Math.max(...times.map((each) => each[0] ?? Number.NaN))
  const to = Math.min(...times.map((each) => each.at(-1) ?? Number.NaN))
  return times.flat().filter((time) => time > from && time <= to).length / (to - from)
}

/** What a load of requests tells of an engine. */
export interface LoadFigures {
  /** Of prompts and answers. */
  readonly tokensPerSecond: number
  /** Seconds to the first token, and between two tokens of an answer: what 99 of 100 do not exceed. */
  readonly firstToken: number
  readonly gap: number
}

export function loadFigures(
  requests: readonly { readonly at: number; readonly prompt: readonly number[] }[],
  times: Times,
): LoadFigures {
  const tokens = requests.reduce((sum, { prompt }, k) => sum + prompt.length + (times[k]?.length ?? 0), 0)
  const gaps = times.flatMap((each) => each.slice(1).map((time, k) => time - (each[k] ?? 0)))
  return {
    tokensPerSecond: tokens / Math.max(...times.flat()),
    firstToken: quantile(
      times.map((each, k) => (each[0] ?? Number.NaN) - (requests[k]?.at ?? 0)),
      0.99,
    ),
    gap: quantile(gaps, 0.99),
  }
}
