import type { TokenLogprobs } from './llm.ts'
import { likeliestOf } from './select.ts'

/** Logprobs on their way between processes: a token, its logprob and rank, then id and logprob of each of the likeliest. */
export type PackedLogprobs = readonly number[]

/**
 * How likely the model holds a token, and which `count` it holds likeliest. Logarithms of the softmax over these logits.
 *
 * @param logits the model's own: before anything that a request changes
 * @param tokens told in place of the likeliest
 */
export function packLogprobs(
  logits: Float32Array,
  token: number,
  count: number,
  tokens: readonly number[] = likeliestOf(logits, count),
): PackedLogprobs {
  const logit = logits[token]!
  let highest = logit
  let rank = 1
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! <= logit) continue
    rank++
    if (logits[id]! > highest) highest = logits[id]!
  }
  let mass = 0
  for (let id = 0; id < logits.length; id++) mass += Math.exp(logits[id]! - highest)
  const zero = highest + Math.log(mass)
  return [
    token,
    logit - zero,
    rank,
    ...tokens.toSorted((a, b) => logits[b]! - logits[a]!).flatMap((id) => [id, logits[id]! - zero]),
  ]
}

export function unpackLogprobs(packed: PackedLogprobs): TokenLogprobs {
  const [token, logprob, rank, ...rest] = packed
  const top = Array.from({ length: rest.length / 2 }, (_, index) => [rest[2 * index]!, rest[2 * index + 1]!] as const)
  return { token: token!, logprob: logprob!, rank: rank!, top }
}
