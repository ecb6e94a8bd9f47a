import { GraphRun } from './graph-run.ts'
import { type Layout, layoutOf } from './layout.ts'
import type { Plan } from './plan.ts'
import type { Run, RunInit } from './run.ts'

/** A graph, compiled once and only read: every request starts a run of it. */
export class Graph {
  readonly plan: Plan
  private readonly layout: Layout

  constructor(plan: Plan) {
    this.plan = plan
    this.layout = layoutOf(plan)
  }

  /**
   * Starts a run. Nodes open in a microtask.
   * @throws EngineError `bad_configuration` when an input side packet is missing.
   */
  start(init: RunInit = {}): Run {
    return new GraphRun(this.plan, this.layout, init)
  }
}
