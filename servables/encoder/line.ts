/** An input that waits: the job it belongs to, its place there, and its tokens. */
export interface Waiting {
  readonly job: number
  readonly index: number
  readonly length: number
}

/** What one run of the model may hold. */
export interface BatchLimits {
  /** Tokens, counted as rows × the longest row. */
  readonly tokens: number
  /** Rows × the longest row squared: what attention's memory grows with. */
  readonly scores: number
  readonly rows: number
}

/** Padding tokens for whose sake a batch is not cut: about what beginning another run costs. */
const FREE_PADDING = 48

/** Tokens below which it is not worth while to make two runs of one. */
const SMALL_RUN = 32

/**
 * Who waits to be encoded, and who is next. Jobs take turns, an input each, until there is enough for a run: so a job of a
 * thousand inputs does not hold up the others. Those in one turn are sorted by length, as a run computes all its rows as if they
 * were as long as its longest. Nobody waits for company: a run begins with whoever is there.
 */
export class Line {
  readonly #limits: BatchLimits
  /** By job, in turn; the next input last, which is the longest of the job's. */
  readonly #jobs = new Map<number, Waiting[]>()
  /** The batches of this turn that have not been run. */
  #turn: Waiting[][] = []

  constructor(limits: BatchLimits) {
    this.#limits = limits
  }

  /** Inputs that wait. */
  get size(): number {
    let size = this.#turn.reduce((sum, batch) => sum + batch.length, 0)
    for (const waiting of this.#jobs.values()) size += waiting.length
    return size
  }

  /** @param lengths of the job's inputs, in tokens */
  add(job: number, lengths: readonly number[]): void {
    const waiting = lengths.map((length, index) => ({ job, index, length }))
    this.#jobs.set(
      job,
      waiting.sort((a, b) => a.length - b.length || b.index - a.index),
    )
  }

  drop(job: number): void {
    this.#jobs.delete(job)
    this.#turn = this.#turn.map((batch) => batch.filter((each) => each.job !== job)).filter((batch) => batch.length > 0)
  }

  /**
   * The inputs of the next run; none when nobody waits.
   *
   * @param runs that can begin now, this one among them: they share who waits
   * @param withLarge whether it may be a large input, of which one is computed at a time
   * @param rows of the run at most, beside its limits
   */
  next(runs = 1, withLarge = true, rows = Number.POSITIVE_INFINITY): readonly Waiting[] {
    if (this.#turn.length === 0) this.#turn = cutIntoBatches(this.#takeTurns(this.#share(runs), withLarge, rows), this.#limits)
    return this.#turn.shift() ?? []
  }

  /** Whether an input exceeds by itself what one run may hold of scores: it is alone in its run, and its memory counts. */
  isLarge({ length }: Waiting): boolean {
    return length ** 2 > this.#limits.scores
  }

  /** Tokens of one of several runs that begin together. */
  #share(runs: number): number {
    if (runs === 1) return this.#limits.tokens
    let tokens = 0
    for (const waiting of this.#jobs.values()) {
      for (const { length } of waiting) tokens += length
      if (tokens >= this.#limits.tokens * runs) return this.#limits.tokens
    }
    return Math.min(this.#limits.tokens, Math.max(Math.ceil(tokens / runs), SMALL_RUN))
  }

  #takeTurns(most: number, withLarge: boolean, rows: number): Waiting[] {
    const taken: Waiting[] = []
    let tokens = 0
    for (;;) {
      const before = taken.length
      for (const [job, waiting] of [...this.#jobs]) {
        const next = waiting.at(-1)!
        if (!withLarge && this.isLarge(next)) continue
        const isFull = taken.length >= Math.min(rows, this.#limits.rows) || tokens + next.length > most
        if (taken.length > 0 && isFull) return taken
        taken.push(next)
        tokens += next.length
        waiting.pop()
        // Who has had a turn goes to the end of the line.
        this.#jobs.delete(job)
        if (waiting.length > 0) this.#jobs.set(job, waiting)
      }
      if (taken.length === before) return taken
      // Who came with little is not made to wait for more of whom there is much of; that has runs of its own.
      if (this.#jobs.size === 1 && taken.some(({ job }) => !this.#jobs.has(job))) return taken
    }
  }
}

/** Inputs of similar length together, each batch within the limits; an input that exceeds them by itself is alone. */
export function cutIntoBatches(inputs: readonly Waiting[], limits: BatchLimits): Waiting[][] {
  const batches: Waiting[][] = []
  let batch: Waiting[] = []
  let tokens = 0
  for (const input of [...inputs].sort((a, b) => b.length - a.length)) {
    const rows = batch.length + 1
    const { length: longest } = batch[0] ?? input
    const padding = rows * longest - (tokens + input.length)
    const isTooMuch = rows > limits.rows || rows * longest > limits.tokens || rows * longest ** 2 > limits.scores
    const isWasteful = padding > Math.max(FREE_PADDING, (tokens + input.length) / 4)
    if (batch.length > 0 && (isTooMuch || isWasteful)) {
      batches.push(batch)
      batch = []
      tokens = 0
    }
    batch.push(input)
    tokens += input.length
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
