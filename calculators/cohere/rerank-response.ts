import { calculator, latest } from '../../engine/index.ts'
import { countTokens } from '../openai/usage.ts'
import { ApiObject, Owners, RerankRequest, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of rerank, at the vectors' time: documents by relevance, the most relevant first. A document in several
 * pieces is as relevant as its best one, as OVMS has it. Scores are between 0 and 1. Sources: Cohere's rerank v1 and v2, Jina's.
 *
 * @example
 * - calculator: RerankResponseCalculator
 *   input_stream:  { VECTORS: vectors, OWNERS: owners, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const RerankResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, OWNERS: latest(Owners), REQUEST: latest(RerankRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
  },
  ({ outputs }) => ({
    process({ VECTORS, OWNERS, REQUEST, TOKENS }) {
      const { id, model, top, documents } = REQUEST.value
      const results = bestOfEach(VECTORS.value.map(relevance), OWNERS.value)
        .map((relevance_score, index) => ({ index, relevance_score, ...(documents && { document: documents[index] }) }))
        .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
        .slice(0, top)
      const tokens = countTokens(TOKENS.value)
      const usage = { prompt_tokens: tokens, total_tokens: tokens }
      const meta = { api_version: { version: '2' }, billed_units: { search_units: 1 }, tokens: { input_tokens: tokens } }
      outputs.OBJECT.send({ data: { id, model, results, usage, meta } })
    },
  }),
)

/** Of a classifier's answer, in (0, 1): sigmoid of its only label; of several, softmax of the second, which says yes. */
export function relevance(logits: Float32Array): number {
  if (logits.length === 1) return 1 / (1 + Math.exp(-logits[0]!))
  const most = Math.max(...logits)
  const parts = logits.map((logit) => Math.exp(logit - most))
  return parts[1]! / parts.reduce((sum, part) => sum + part, 0)
}

/** The greatest score of each owner's pieces. */
export function bestOfEach(scores: readonly number[], owners: readonly number[]): number[] {
  const best: number[] = []
  for (const [piece, owner] of owners.entries()) best[owner] = Math.max(best[owner] ?? Number.NEGATIVE_INFINITY, scores[piece]!)
  return best
}
