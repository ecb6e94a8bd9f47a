import type { Sequence } from './sequence.ts'

/** How long, in milliseconds, a batch waits for the masks of its grammars before it goes on without those that are late. */
const PATIENCE = 50

/**
 * Sequences whose logits are there before the mask that says which tokens they are for, as when the grammar's thread compiles
 * another grammar. They sit out, with a copy of their logits, until the mask comes; the batch goes on without them.
 */
export class LateMasks {
  readonly #logits = new Map<Sequence, Float32Array>()
  readonly #come = new Set<Sequence>()
  #wake: (() => void) | undefined

  /** Sequences that sit out. */
  get size(): number {
    return this.#logits.size
  }

  /** Resolves when all masks have come, or the batch has waited long enough; says whose are late. */
  async after(masks: ReadonlyMap<Sequence, Promise<void>>): Promise<ReadonlySet<Sequence>> {
    const late = new Set(masks.keys())
    const all = Array.from(masks, ([sequence, mask]) => mask.then(() => late.delete(sequence)))
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, PATIENCE)
    })
    await Promise.race([Promise.all(all), enough])
    clearTimeout(timer)
    return new Set(late)
  }

  /** The sequence sits out until its mask comes. */
  hold(sequence: Sequence, logits: Float32Array, mask: Promise<void>): void {
    sequence.sitsOut = true
    this.#logits.set(sequence, logits.slice())
    void mask.then(() => {
      this.#come.add(sequence)
      this.wake()
    })
  }

  /** Ends a wait for the next mask: there is something else to do. */
  wake(): void {
    this.#wake?.()
  }

  /** Resolves when some mask has come, or something else is to be done. */
  async next(): Promise<void> {
    if (this.#come.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
  }

  /** Those whose mask has come, with their logits: they take part again. Not those that lost their row meanwhile. */
  take(): readonly (readonly [Sequence, Float32Array])[] {
    const back = [...this.#logits].filter(([sequence]) => this.#come.has(sequence))
    for (const sequence of this.#come) this.#logits.delete(sequence)
    this.#come.clear()
    const present = back.filter(([sequence]) => sequence.sitsOut)
    for (const [sequence] of present) sequence.sitsOut = false
    return present
  }
}
