/** How often, in milliseconds, a process is asked whether it is alive. */
const INTERVAL = 500

/**
 * Asks at intervals, and bites when no answer came for too long. Silence is counted in questions without an answer, so time
 * that this process itself lost (stopped, asleep) is not held against the other.
 */
export class Watchdog {
  readonly #timer: NodeJS.Timeout
  #unanswered = 0

  /** `patience`, in milliseconds, may change from one question to the next. */
  constructor(patience: () => number, ask: () => void, bite: () => void) {
    this.#timer = setInterval(() => {
      if (this.#unanswered * INTERVAL >= patience()) {
        this.stop()
        bite()
      } else {
        this.#unanswered++
        ask()
      }
    }, INTERVAL).unref()
  }

  answered(): void {
    this.#unanswered = 0
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
