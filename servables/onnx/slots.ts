/**
 * Lets a bounded number of native calls run at once. Each occupies a thread of libuv's pool, which file and DNS calls need
 * too: without a bound, a few long runs would make a file read wait for all of them.
 */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Calls `begin`, now or when a slot falls free. The returned function gives the place in the queue up, if it is still held. */
  enter(begin: () => void): () => boolean {
    if (this.#free > 0) {
      this.#free--
      begin()
      return () => false
    }
    this.#waiting.push(begin)
    return () => {
      const place = this.#waiting.indexOf(begin)
      if (place >= 0) this.#waiting.splice(place, 1)
      return place >= 0
    }
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
