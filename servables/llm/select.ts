/** The id of the highest logit, the lowest such id; undefined when one is NaN or none is finite. */
export function likeliest(logits: Float32Array): number | undefined {
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
