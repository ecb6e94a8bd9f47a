import { exponential } from './exponential.ts'
import { kthHighest } from './select.ts'

/** Weights whose first 16 bits are the same are in one bucket; that of the likeliest token, 1, is the last. */
const buckets = (0x3f800000 >>> 16) + 1

/**
 * Tokens that may be drawn, and their probabilities relative to the likeliest token's. Each filter keeps what transformers'
 * warper of the same name keeps.
 */
export class Candidates {
  readonly #ids: Int32Array
  readonly #weights: Float32Array
  /** The bits of the weights, which are in the same order. */
  readonly #bits: Uint32Array
  readonly #masses = new Float64Array(buckets)
  #count = 0

  constructor(vocabularySize: number) {
    this.#ids = new Int32Array(vocabularySize)
    this.#weights = new Float32Array(vocabularySize)
    this.#bits = new Uint32Array(this.#weights.buffer)
  }

  /** The tokens of the `topK` highest logits, and those that tie with the k-th; all when it is 0. */
  collect(
    logits: Float32Array,
    highest: number,
    { temperature, topK }: { readonly temperature: number; readonly topK: number },
  ): void {
    const lowest = topK > 0 && topK < logits.length ? kthHighest(logits, topK) : Number.NEGATIVE_INFINITY
    const [ids, weights] = [this.#ids, this.#weights]
    let count = 0
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id]!
      if (logit < lowest) continue
      ids[count] = id
      weights[count++] = exponential((logit - highest) / temperature)
    }
    this.#count = count
  }

  /**
   * The fewest likeliest that reach `topP` of the mass; of equal ones the lowest ids. Sorting a whole vocabulary costs more than
   * a model's step: of the bucket in which the mass is reached, not of the others, the order matters.
   */
  keepNucleus(topP: number): void {
    const [weights, bits, masses, count] = [this.#weights, this.#bits, this.#masses.fill(0), this.#count]
    for (let index = 0; index < count; index++) masses[bits[index]! >>> 16]! += weights[index]!
    const wanted = topP * masses.reduce((sum, mass) => sum + mass, 0)
    let [bucket, mass] = [buckets - 1, 0]
    while (bucket > 0 && mass + masses[bucket]! < wanted) mass += masses[bucket--]!
    const sorted = weights
      .subarray(0, count)
      .filter((_, index) => bits[index]! >>> 16 === bucket)
      .sort()
    let at = sorted.length
    while (at > 0 && (mass < wanted || at === sorted.length)) mass += sorted[--at]!
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
    const total = this.#mass
    const distances = Float64Array.from(this.#weights.subarray(0, this.#count), (weight) => -Math.log(weight / total))
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
    const [weights, count] = [this.#weights, this.#count]
    let left = share * this.#mass
    let last = 0
    for (let index = 0; index < count; index++) {
      if (weights[index] === 0) continue
      last = index
      left -= weights[index]!
      if (left < 0) break
    }
    return this.#ids[last]!
  }

  #keep(wanted: (weight: number, index: number) => boolean): void {
    const [ids, weights, count] = [this.#ids, this.#weights, this.#count]
    let kept = 0
    for (let index = 0; index < count; index++) {
      const weight = weights[index]!
      if (!wanted(weight, index)) continue
      ids[kept] = ids[index]!
      weights[kept++] = weight
    }
    this.#count = kept
  }

  get #mass(): number {
    const [weights, count] = [this.#weights, this.#count]
    let mass = 0
    for (let index = 0; index < count; index++) mass += weights[index]!
    return mass
  }
}
