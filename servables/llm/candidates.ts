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
   * The fewest likeliest that reach `topP` of the mass; of equal ones the lowest ids. Sorting a whole vocabulary costs more than
   * a model's step: ever lower floors find the few candidates that matter first.
   */
  keepNucleus(topP: number): void {
    const wanted = topP * this.#mass(0)
    let floor = 1 / 64
    while (this.#mass(floor) < wanted && floor > 0) floor = floor < 1e-100 ? 0 : floor * floor
    this.keepAbove(floor)
    const sorted = this.#weights.slice(0, this.#count).sort()
    let at = sorted.length
    for (let mass = 0; at > 0 && mass < wanted; ) mass += sorted[--at]!
    const least = sorted[at]!
    let ties = sorted.lastIndexOf(least) - at + 1
    this.#keep((weight) => weight > least || (weight === least && ties-- > 0))
  }

  /** Those of at least this share of the likeliest token's probability. */
  keepAbove(share: number): void {
    this.#keep((weight) => weight >= share)
  }

  /**
   * Those whose information is nearest to what is expected of the next token, as many as reach `typicalP` of the mass, and those
   * that tie with the last of them (Meister et al., "Locally typical sampling", 2022). Ever wider bands save sorting them all.
   */
  keepTypical(typicalP: number): void {
    const total = this.#mass(0)
    const distances = this.#weights.slice(0, this.#count).map((weight) => -Math.log(weight / total))
    let entropy = 0
    for (const [index, information] of distances.entries())
      if (information < Number.POSITIVE_INFINITY) entropy += (this.#weights[index]! / total) * information
    for (let index = 0; index < distances.length; index++) distances[index] = Math.abs(distances[index]! - entropy)
    const reaches = (distance: number): boolean => {
      let mass = 0
      for (let index = 0; index < distances.length; index++) if (distances[index]! <= distance) mass += this.#weights[index]!
      return mass >= typicalP * total
    }
    let band = 1 / 4
    while (!reaches(band) && band < 1e4) band *= 2
    const near = distances.filter((distance) => distance <= band).sort()
    let low = 0
    for (let high = near.length - 1; low < high; ) {
      const middle = Math.floor((low + high) / 2)
      if (reaches(near[middle]!)) high = middle
      else low = middle + 1
    }
    const widest = near[low]!
    this.#keep((_, index) => distances[index]! <= widest)
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

  #keep(wanted: (weight: number, index: number) => boolean): void {
    let kept = 0
    for (let index = 0; index < this.#count; index++) {
      const weight = this.#weights[index]!
      if (!wanted(weight, index)) continue
      this.#ids[kept] = this.#ids[index]!
      this.#weights[kept++] = weight
    }
    this.#count = kept
  }

  #mass(floor: number): number {
    let mass = 0
    for (let index = 0; index < this.#count; index++) if (this.#weights[index]! >= floor) mass += this.#weights[index]!
    return mass
  }
}
