import { Candidates } from './candidates.ts'
import { uniform } from './random.ts'
import { likeliest } from './select.ts'

/** How a sequence's tokens are drawn. See `SamplingParams`, whose fields of the same names these are. */
export interface Sampling {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  readonly typicalP?: number | undefined
  readonly seed: number
  /** Which answer of its request this is. */
  readonly choice: number
}

/**
 * Chooses tokens from logits. A choice depends on the logits, the parameters and the token's position, on nothing else: not on
 * earlier draws, not on other sequences. Filters come in transformers' order: temperature, top_k, top_p, min_p, typical_p.
 */
export class Sampler {
  readonly #candidates: Candidates

  constructor(vocabularySize: number) {
    this.#candidates = new Candidates(vocabularySize)
  }

  /**
   * @param logits one for each token of the vocabulary
   * @param position how many tokens stand before this one
   * @param maxima the highest logit of each stretch of them, if they are known; see `likeliest`
   * @returns the token's id; undefined when the logits are no numbers to choose from
   */
  pick(logits: Float32Array, sampling: Sampling, position: number, maxima?: Float32Array): number | undefined {
    const { temperature, topP, minP, typicalP = 1, seed, choice } = sampling
    const best = likeliest(logits, maxima)
    if (best === undefined || temperature === 0) return best
    this.#candidates.collect(logits, logits[best]!, sampling)
    if (topP < 1) this.#candidates.keepNucleus(topP)
    if (minP > 0) this.#candidates.keepAbove(minP)
    if (typicalP < 1) this.#candidates.keepTypical(typicalP)
    return this.#candidates.draw(uniform(seed, choice, position))
  }
}
