import type { Distribution } from './distribution.ts'

/** What a servable tells of itself under one name, for Prometheus. Counters begin anew with the process that counts. */
export type Metric = {
  readonly name: string
  /** What it says, in a line. */
  readonly help: string
} & (
  | { readonly type: 'gauge' | 'counter'; readonly samples: readonly Sample<number>[] }
  | { readonly type: 'histogram'; readonly samples: readonly Sample<Distribution>[] }
)

export interface Sample<T> {
  /** Beside the model's name. Values are from closed sets, so that their number is bounded. */
  readonly labels?: Readonly<Record<string, string>>
  readonly value: T
}
