/** How likely a classifier holds each of its labels: softmax of its logits; of a single one sigmoid. */
export function probabilities(logits: Float32Array): number[] {
  if (logits.length === 1) return [1 / (1 + Math.exp(-logits[0]!))]
  const most = Math.max(...logits)
  const parts = Array.from(logits, (logit) => Math.exp(logit - most))
  const total = parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part) => part / total)
}

/** How relevant a classifier holds a document, in (0, 1): its only label, or of several the second, which says yes. */
export function relevance(logits: Float32Array): number {
  const [first, second = first] = probabilities(logits)
  return second!
}

/** The same before it is brought between 0 and 1. */
export const rawRelevance = ([first, second = first]: Float32Array): number => second!
