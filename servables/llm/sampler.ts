import { uniform } from './random.ts'

/** How a sequence's tokens are drawn. See `SamplingParams`, whose fields of the same names these are. */
export interface Sampling {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly seed: number
  /** Which answer of its request this is. */
  readonly choice: number
}

/**
 * Chooses tokens from logits. A choice depends on the logits, the parameters and the token's position, on nothing else: not on
 * earlier draws, not on other sequences. Filters keep what transformers' warpers keep, in transformers' order: temperature,
 * top_k (ties with the k-th stay), top_p (the fewest likeliest that reach it), min_p (relative to the likeliest).
 */
export class Sampler {
  /** Candidates: token ids, and their probabilities relative to the likeliest token's. */
  readonly #ids: Int32Array
  readonly #weights: Float64Array
  #count = 0

  constructor(vocabularySize: number) {
    this.#ids = new Int32Array(vocabularySize)
    this.#weights = new Float64Array(vocabularySize)
  }

  /**
   * @param logits one for each token of the vocabulary
   * @param position how many tokens stand before this one
   * @returns the token's id; undefined when the logits are no numbers to choose from
   */
  pick(logits: Float32Array, sampling: Sampling, position: number): number | undefined {
    const best = likeliest(logits)
    if (best === undefined || sampling.temperature === 0) return best
    this.#collect(logits, logits[best]!, sampling)
    if (sampling.topP < 1) this.#keepNucleus(sampling.topP)
    if (sampling.minP > 0) this.#keepWeights(sampling.minP)
    return this.#draw(uniform(sampling.seed, sampling.choice, position))
  }

  #collect(logits: Float32Array, highest: number, { temperature, topK }: Sampling): void {
    const lowest = topK > 0 && topK < logits.length ? kthHighest(logits, topK) : Number.NEGATIVE_INFINITY
    this.#count = 0
    for (let id = 0; id < logits.length; id++) {
      const logit = logits[id]!
      if (logit < lowest) continue
      this.#ids[this.#count] = id
      this.#weights[this.#count++] = Math.exp((logit - highest) / temperature)
    }
  }

  /** Sorting a whole vocabulary costs more than a model's step: ever lower floors find the few candidates that matter first. */
  #keepNucleus(topP: number): void {
    const wanted = topP * this.#mass(0)
    let floor = 1 / 64
    while (this.#mass(floor) < wanted && floor > 0) floor = floor < 1e-100 ? 0 : floor * floor
    this.#keepWeights(floor)
    const order = Array.from({ length: this.#count }, (_, index) => index)
    order.sort((a, b) => this.#weights[b]! - this.#weights[a]! || a - b)
    const ids = order.map((index) => this.#ids[index]!)
    const weights = order.map((index) => this.#weights[index]!)
    let mass = 0
    let kept = 0
    while (kept < order.length && mass < wanted) mass += weights[kept++]!
    this.#count = Math.max(kept, 1)
    this.#ids.set(ids.slice(0, this.#count))
    this.#weights.set(weights.slice(0, this.#count))
  }

  #keepWeights(floor: number): void {
    let kept = 0
    for (let index = 0; index < this.#count; index++) {
      if (this.#weights[index]! < floor) continue
      this.#ids[kept] = this.#ids[index]!
      this.#weights[kept++] = this.#weights[index]!
    }
    this.#count = kept
  }

  #mass(floor: number): number {
    let mass = 0
    for (let index = 0; index < this.#count; index++) if (this.#weights[index]! >= floor) mass += this.#weights[index]!
    return mass
  }

  #draw(share: number): number {
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
}

/** The id of the highest logit, the lowest such id; undefined when one is NaN or none is finite. */
function likeliest(logits: Float32Array): number | undefined {
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id]!
    if (logit > highest) {
      highest = logit
      best = id
    } else if (Number.isNaN(logit)) return undefined
  }
  return Number.isFinite(highest) ? best : undefined
}

/** By a heap of the k highest so far, the lowest of them on top. */
function kthHighest(logits: Float32Array, k: number): number {
  const heap = logits.slice(0, k).sort()
  for (let id = k; id < logits.length; id++) {
    const logit = logits[id]!
    if (logit <= heap[0]!) continue
    let hole = 0
    for (let child = 1; child < k; child = 2 * hole + 1) {
      if (child + 1 < k && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= logit) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = logit
  }
  return heap[0]!
}
