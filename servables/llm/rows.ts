/** Which rows of the cache are taken. The lowest free one is given first, so that the rows in use stay close together. */
export class Rows {
  readonly #taken: boolean[]

  constructor(count: number) {
    this.#taken = new Array<boolean>(count).fill(false)
  }

  get free(): number {
    return this.#taken.filter((taken) => !taken).length
  }

  /** How many rows below this one are free. */
  freeBelow(row: number): number {
    return this.#taken.slice(0, row).filter((taken) => !taken).length
  }

  take(): number | undefined {
    const row = this.#taken.indexOf(false)
    if (row === -1) return undefined
    this.#taken[row] = true
    return row
  }

  release(row: number): void {
    this.#taken[row] = false
  }
}
