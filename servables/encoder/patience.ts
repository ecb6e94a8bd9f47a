/** Milliseconds that a text takes, roughly, from its answer to the next request of its client. */
const ROUND_TRIP = 1
/** Of the time that runs take: so long a run waits for its share at most. */
const FRACTION = 1 / 4
/** What is left of the most that was seen, after each run. */
const FADING = 0.95

/**
 * How many texts a run should have, and how long it waits for them while others are at work. Text for text a run of many is quicker
 * than several of few, and who has been answered mostly asks again at once. So each run has its share of the texts that were here
 * lately, waiting and at work, and waits a moment for it. Decides in plain numbers; times in milliseconds.
 */
export class Patience {
  readonly #lanes: number
  readonly #rows: number
  /** The most texts that were lately here at once. */
  #most = 0
  /** The longest that a run has lately taken. */
  #longest = 0
  #until = 0

  /**
   * @param lanes runs at a time
   * @param rows of one run at most
   */
  constructor(lanes: number, rows: number) {
    this.#lanes = lanes
    this.#rows = rows
  }

  /** So many texts wait or are at work. */
  here(texts: number): void {
    this.#most = Math.max(this.#most, texts)
  }

  /** A run has ended, which took so long. */
  ended(duration: number, now: number): void {
    this.#most *= FADING
    this.#longest = Math.max(FADING * this.#longest, duration)
    this.#until = now + Math.min(ROUND_TRIP * this.share, FRACTION * this.#longest)
  }

  /** Texts of one run. */
  get share(): number {
    return Math.min(this.#rows, Math.ceil(this.#most / this.#lanes))
  }

  /** How long those who wait are to wait for more; 0: not at all. */
  wait(waiting: number, now: number): number {
    return waiting < this.share ? Math.max(0, this.#until - now) : 0
  }
}
