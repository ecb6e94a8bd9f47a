/** Which tokens may come next: token t may where bit t mod 32 of word ⌊t / 32⌋ is set. Ids beyond the last word may not. */
export type Mask = Int32Array

export function isAllowed(mask: Mask, token: number): boolean {
  return ((mask[token >>> 5] ?? 0) & (1 << (token & 31))) !== 0
}

/** Sets the logits of tokens that may not come to −∞. */
export function applyMask(logits: Float32Array, mask: Mask): void {
  const never = Number.NEGATIVE_INFINITY
  for (let word = 0; word < mask.length; word++) {
    const bits = mask[word]!
    const from = word << 5
    if (bits === 0) logits.fill(never, from, from + 32)
    else if (bits !== -1) {
      const to = Math.min(from + 32, logits.length)
      for (let token = from; token < to; token++) if ((bits & (1 << (token & 31))) === 0) logits[token] = never
    }
  }
  logits.fill(never, mask.length << 5)
}

/**
 * The token with the highest logit of those that may come, the lowest such id: what `applyMask` and a search would find, in one
 * go over the few that may.
 *
 * @returns undefined when none may come, or a logit of one that may is NaN, or none of them is finite
 */
export function likeliestAllowed(logits: Float32Array, mask: Mask): number | undefined {
  let best: number | undefined
  let highest = Number.NEGATIVE_INFINITY
  for (let word = 0; word < mask.length; word++) {
    for (let bits = mask[word]!; bits !== 0; bits &= bits - 1) {
      const token = (word << 5) + 31 - Math.clz32(bits & -bits)
      const logit = logits[token]
      if (logit === undefined) break
      if (Number.isNaN(logit)) return undefined
      if (logit > highest) {
        highest = logit
        best = token
      }
    }
  }
  return Number.isFinite(highest) ? best : undefined
}
