/**
 * The id of the highest logit, the lowest such id; undefined when one is NaN or none is finite. Eight at a time are first only
 * compared: few of them are higher than all before, and a vocabulary is read in half of the time.
 *
 * @param maxima the highest logit of each of some stretches of equal length, NaN where one of them is: saves reading the others
 */
export function likeliest(logits: Float32Array, maxima?: Float32Array): number | undefined {
  if (maxima !== undefined) return likeliestBy(logits, maxima)
  let best = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let from = 0; from < logits.length; from += 8) {
    if (noneAbove(logits, from, highest)) continue
    for (let id = from; id < Math.min(from + 8, logits.length); id++) {
      const logit = logits[id]!
      if (Number.isNaN(logit)) return undefined
      if (logit <= highest) continue
      highest = logit
      best = id
    }
  }
  return Number.isFinite(highest) ? best : undefined
}

function likeliestBy(logits: Float32Array, maxima: Float32Array): number | undefined {
  const stretch = likeliest(maxima)
  if (stretch === undefined) return undefined
  const length = logits.length / maxima.length
  const from = stretch * length
  for (let id = from; id < from + length; id++) if (logits[id] === maxima[stretch]) return id
  return undefined
}

/** Whether eight logits are there, are numbers, and are not above this one. */
const noneAbove = (logits: Float32Array, from: number, highest: number): boolean =>
  logits[from]! <= highest &&
  logits[from + 1]! <= highest &&
  logits[from + 2]! <= highest &&
  logits[from + 3]! <= highest &&
  logits[from + 4]! <= highest &&
  logits[from + 5]! <= highest &&
  logits[from + 6]! <= highest &&
  logits[from + 7]! <= highest

/** By a heap of the k highest so far, the lowest of them on top. */
export function kthHighest(logits: Float32Array, k: number): number {
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

/** Ids of the highest logits, the highest first; of equal ones the lowest ids. */
export function likeliestOf(logits: Float32Array, count: number): readonly number[] {
  if (count === 0) return []
  const lowest = kthHighest(logits, Math.min(count, logits.length))
  const ids: number[] = []
  for (let id = 0; id < logits.length; id++) if (logits[id]! >= lowest) ids.push(id)
  return ids.sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, count)
}
