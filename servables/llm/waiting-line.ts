import type { Sequence } from './sequence.ts'

/** Negative when `a` is served before `b`: lower priority first, then who came first, which has the lower id. */
export const byTurn = (a: Sequence, b: Sequence): number => a.priority - b.priority || a.id - b.id

/** Sequences that wait for a row, in the order of their turns. */
export class WaitingLine {
  readonly #sequences: Sequence[] = []

  get length(): number {
    return this.#sequences.length
  }

  get ids(): readonly number[] {
    return this.#sequences.map(({ id }) => id)
  }

  get first(): Sequence | undefined {
    return this.#sequences[0]
  }

  add(sequence: Sequence): void {
    const place = this.#sequences.findLastIndex((other) => byTurn(other, sequence) < 0) + 1
    this.#sequences.splice(place, 0, sequence)
  }

  remove(id: number): void {
    const place = this.#sequences.findIndex((sequence) => sequence.id === id)
    if (place >= 0) this.#sequences.splice(place, 1)
  }
}
