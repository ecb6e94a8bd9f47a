/** A share of one core, over the time between two questions, that shows that something is computed. */
const COMPUTING = 0.01
/** How long, in milliseconds, computing may pass for work that moves: longer than any one run of a model takes. */
const LONGEST_RUN = 600_000

/**
 * Judges whether a host gets on. A single run of a large model may take longer than a host may be silent, so work that does not
 * move is taken for a run as long as it uses the processor: what hangs waits, and uses nothing. Times in milliseconds.
 */
export class Pulse {
  #asked: number
  #used: number
  #moved: number

  /** @param used processor time of all threads so far */
  constructor(now: number, used: number) {
    this.#asked = now
    this.#moved = now
    this.#used = used
  }

  /** @param isMoving whether all work that should be moving has moved since the last time */
  isAlive(isMoving: boolean, now: number, used: number): boolean {
    const isComputing = used - this.#used > COMPUTING * (now - this.#asked)
    this.#asked = now
    this.#used = used
    if (isMoving) this.#moved = now
    return isMoving || (isComputing && now - this.#moved < LONGEST_RUN)
  }
}
