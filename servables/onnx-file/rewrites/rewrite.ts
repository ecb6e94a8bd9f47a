import type { Graph } from '../graph.ts'

/** What a rewrite did. */
export interface Outcome {
  /** Whether the graph is another now. */
  readonly applied: boolean
  /** Why it, or a part of it, was left out; undefined when there is nothing to tell. */
  readonly skipped: string | undefined
}

/** Changes a graph in memory. What it computes anew is only planned: it is computed when the model is written. */
export type Rewrite = (graph: Graph) => Outcome
