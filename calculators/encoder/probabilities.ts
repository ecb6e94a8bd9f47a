import type { Encoder } from '../../servables/index.ts'

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit))

/** What a classifier says of each of its labels. */
export function activate(logits: Float32Array, activation: Encoder['activation']): number[] {
  if (activation === 'identity') return [...logits]
  if (activation === 'sigmoid') return Array.from(logits, sigmoid)
  const most = Math.max(...logits)
  const parts = Array.from(logits, (logit) => Math.exp(logit - most))
  const total = parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part) => part / total)
}

/** How well a classifier holds two texts to go together: what it says of its only label, or of several of the second, which means yes. */
export function scoreOf(logits: Float32Array, activation: Encoder['activation']): number {
  const [first, second = first] = activate(logits, activation)
  return second!
}

/** How relevant a classifier holds a document, in (0, 1), whatever it was made for: clients compare it with bounds of their own. */
export const relevance = (logits: Float32Array): number => scoreOf(logits, logits.length === 1 ? 'sigmoid' : 'softmax')
