import { adjustLogits } from './adjustments.ts'
import type { Candidate } from './beam-search.ts'
import { packLogprobs } from './logprobs.ts'
import type { Logits } from './runner.ts'
import type { Pick } from './scheduler.ts'
import { likeliest, likeliestOf } from './select.ts'
import { noToken, type Sequence } from './sequence.ts'

/**
 * What the beams of a search may go on with. As in transformers, adjustments are made to logprobs, which are not normalized
 * again, and the search compares what comes out.
 *
 * @param logits of each beam; changed
 * @param counts zeros, one for each token of the vocabulary; zeros again when this returns
 */
export function beamCandidates(sequence: Sequence, logits: Logits, counts: Int32Array): Pick {
  const { beams, adjustments, endTokens, width, logprobs, logprobTokens } = sequence
  const own: Float32Array[] = []
  const candidates: (readonly Candidate[])[] = []
  for (const beam of beams) {
    const scores = logits(beam)
    const best = likeliest(scores)
    if (best === undefined) return { sequence, token: undefined }
    if (logprobs !== undefined) own.push(scores.slice())
    toLogprobs(scores, scores[best]!)
    if (adjustments !== undefined) adjustLogits(scores, adjustments, beam, counts)
    candidates.push(candidatesOf(scores, width + endTokens.size))
  }
  const logprobsOf = (beam: number, token: number) =>
    logprobs === undefined ? undefined : packLogprobs(own[beam]!, token, logprobs, logprobTokens)
  return { sequence, token: candidates[0]![0]![0], candidates, logprobsOf }
}

function toLogprobs(logits: Float32Array, highest: number): void {
  let mass = 0
  for (let id = 0; id < logits.length; id++) mass += Math.exp(logits[id]! - highest)
  const zero = highest + Math.log(mass)
  for (let id = 0; id < logits.length; id++) logits[id]! -= zero
}

/** The likeliest first. Where adjustments leave no token, the answer has nothing to go on with. */
function candidatesOf(scores: Float32Array, count: number): readonly Candidate[] {
  const ids = likeliestOf(scores, count).filter((id) => scores[id]! > Number.NEGATIVE_INFINITY)
  return ids.length === 0 ? [[noToken, 0]] : ids.map((id) => [id, scores[id]!])
}
