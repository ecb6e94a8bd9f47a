import { kthHighest } from './select.ts'

/**
 * Tokens that may be drawn, and their probabilities relative to the likeliest token's. Each filter keeps what transformers'
 * warper of the same name keeps.
 */
export class Candidates {
  readonly #ids: Int32Array
  readonly #weights: Float64Array
  #count = 0

  constructor(vocabularySize: number) {
    this.#ids = new Int32Array(vocabularySize)
    this.#weights = new Float64Array(vocabularySize)
  }

  /** The tokens of the `topK` highest logits, and those that tie with the k-th; all when it is 0. */
  collect(
    logits: Float32Array,
    highest: number,
    { temperature, topK }: { readonly temperature: number; readonly topK: number },
  ): void {
    const lowest = topK > 0 && topK < logits.length ? kthHighest(logits, topK) : Number.NEGATIVE_INFINITY
    this.#count = 0
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id]!
      if (logit < lowest) continue
      this.#ids[this.#count] = id
      this.#weights[this.#count++] = Math.exp((logit - highest) / temperature)
    }
  }

  /**
   * The fewest likeliest that reach `topP` of the mass. Sorting a whole vocabulary costs more than a model's step: ever lower
   * floors find the few candidates that matter first.
   */
  keepNucleus(topP: number): void {
    const wanted = topP * this.#mass(0)
    let floor = 1 / 64
    while (this.#mass(floor) < wanted && floor > 0) floor = floor < 1e-100 ? 0 : floor * floor
    this.keepAbove(floor)
    const order = Array.from({ length: this.#count }, (_, index) => index)
    order.sort((a, b) => this.#weights[b]! - this.#weights[a]! || a - b)
    let mass = 0
    let kept = 0
    while (kept < order.length && mass < wanted) mass += this.#weights[order[kept++]!]!
    this.#keep(order.slice(0, Math.max(kept, 1)))
  }

  /** Those of at least this share of the likeliest token's probability. */
  keepAbove(share: number): void {
    let kept = 0
    for (let index = 0; index < this.#count; index++) {
      if (this.#weights[index]! < share) continue
      this.#ids[kept] = this.#ids[index]!
      this.#weights[kept++] = this.#weights[index]!
    }
    this.#count = kept
  }

  /**
   * Those whose information is nearest to what is expected of the next token, as many as reach `typicalP` of the mass, and those
   * that tie with the last of them (Meister et al., "Locally typical sampling", 2022). Ever wider bands save sorting them all.
   */
  keepTypical(typicalP: number): void {
    const total = this.#mass(0)
    let entropy = Math.log(total)
    for (let index = 0; index < this.#count; index++) {
      const weight = this.#weights[index]!
      if (weight > 0) entropy -= (weight / total) * Math.log(weight)
    }
    const distance = (index: number) => Math.abs(Math.log(total) - Math.log(this.#weights[index]!) - entropy)
    const within = (band: number) => {
      const indices: number[] = []
      for (let index = 0; index < this.#count; index++) if (distance(index) <= band) indices.push(index)
      return indices
    }
    const massOf = (indices: readonly number[]) => indices.reduce((sum, index) => sum + this.#weights[index]!, 0)
    let band = 1 / 4
    let near = within(band)
    while (massOf(near) < typicalP * total && near.length < this.#count && band < 1e4) {
      band *= 2
      near = within(band)
    }
    near.sort((a, b) => distance(a) - distance(b) || a - b)
    let mass = 0
    let last = 0
    while (last < near.length && mass + this.#weights[near[last]!]! < typicalP * total) mass += this.#weights[near[last++]!]!
    const widest = distance(near[Math.min(last, near.length - 1)]!)
    this.#keep(near.filter((index) => distance(index) <= widest).sort((a, b) => a - b))
  }

  /** The candidate at this share of the mass, in [0, 1). */
  draw(share: number): number {
    let left = share * this.#mass(0)
    let last = 0
    for (let index = 0; index < this.#count; index++) {
      if (this.#weights[index] === 0) continue
      last = index
      left -= this.#weights[index]!
      if (left < 0) break
    }
    return this.#ids[last]!
  }

  #keep(indices: readonly number[]): void {
    const ids = indices.map((index) => this.#ids[index]!)
    const weights = indices.map((index) => this.#weights[index]!)
    this.#count = indices.length
    this.#ids.set(ids)
    this.#weights.set(weights)
  }

  #mass(floor: number): number {
    let mass = 0
    for (let index = 0; index < this.#count; index++) if (this.#weights[index]! >= floor) mass += this.#weights[index]!
    return mass
  }
}
