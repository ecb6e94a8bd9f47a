import { z } from 'zod'
import { calculator, latest, optional } from '../../engine/index.ts'
import { bestOfEach, EncoderUsage, relevance, scoreOf } from '../encoder/index.ts'
import { countTokens } from '../openai/index.ts'
import { ApiObject, Owners, RerankRequest, Texts, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of rerank, at the vectors' time: documents by relevance, the most relevant first. A document in several
 * pieces is as relevant as its best one, as OVMS has it. Scores are between 0 and 1, unless they are to
 * be as the model gives them. `meta.warnings` has what WARNINGS tells. Sources: Cohere's rerank v1 and v2, Jina's; TEI's for a
 * request in its words.
 *
 * @example
 * - calculator: RerankResponseCalculator
 *   input_stream:  { VECTORS: vectors, OWNERS: owners, REQUEST: request, TOKENS: tokens, WARNINGS: warnings }
 *   output_stream: { OBJECT: object }
 */
export const RerankResponseCalculator = calculator(
  {
    inputs: {
      VECTORS: Vectors,
      OWNERS: latest(Owners),
      REQUEST: latest(RerankRequest),
      TOKENS: latest(Tokens),
      WARNINGS: optional(latest(Texts)),
    },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: RerankAnswer }),
  },
  ({ outputs }) => ({
    process({ VECTORS, OWNERS, REQUEST, TOKENS, WARNINGS }) {
      const { id, model, top, documents, shape, isRaw } = REQUEST.value
      const scores = bestOfEach(VECTORS.value.map(isRaw ? (logits) => scoreOf(logits, 'identity') : relevance), OWNERS.value)
      const ranked = scores
        .map((score, index) => ({ index, score }))
        .sort((a, b) => b.score - a.score || a.index - b.index)
        .slice(0, top)
      if (shape === 'tei')
        return outputs.OBJECT.send({ data: ranked.map((each) => ({ ...each, ...textOf(documents, each.index) })) })
      const results = ranked.map(({ index, score }) => ({
        index,
        relevance_score: score,
        ...(documents && { document: documents[index] }),
      }))
      const tokens = countTokens(TOKENS.value)
      const usage = { prompt_tokens: tokens, total_tokens: tokens }
      const version = shape === 'cohere-1' ? '1' : '2'
      const search_units = Math.ceil(scores.length / documentsOfUnit)
      const warnings = WARNINGS?.isEmpty === false && WARNINGS.value.length > 0 ? { warnings: WARNINGS.value } : {}
      const meta = { api_version: { version }, billed_units: { search_units }, tokens: { input_tokens: tokens }, ...warnings }
      outputs.OBJECT.send({ data: { id, model, results, usage, meta } })
    },
  }),
)

/** A unit, as Cohere bills it, is a query with so many documents. */
const documentsOfUnit = 100

/** A document as TEI shows it: its text. */
const textOf = (documents: readonly { readonly text?: unknown }[] | undefined, index: number) =>
  documents && { text: documents[index]?.text }

const RerankAnswer = z.union([
  z.strictObject({
    id: z.string(),
    model: z.string(),
    results: z.array(
      z.strictObject({
        index: z.int().min(0),
        relevance_score: z.number(),
        document: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
    usage: EncoderUsage,
    meta: z.strictObject({
      api_version: z.strictObject({ version: z.string() }),
      billed_units: z.strictObject({ search_units: z.int().min(0) }),
      tokens: z.strictObject({ input_tokens: z.int().min(0) }),
      warnings: z.array(z.string()).optional(),
    }),
  }),
  z.array(z.strictObject({ index: z.int().min(0), score: z.number(), text: z.unknown().optional() })),
])
