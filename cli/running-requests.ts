import type { EngineError, Run } from '../engine/index.ts'

/** The runs of the requests that are being answered. */
export class RunningRequests {
  readonly #runs = new Set<Run>()

  get size(): number {
    return this.#runs.size
  }

  add(run: Run): void {
    this.#runs.add(run)
    const remove = () => this.#runs.delete(run)
    run.done.then(remove, remove)
  }

  cancel(reason: EngineError): void {
    for (const run of this.#runs) run.cancel(reason)
  }
}
