import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { checkRequest } from '../openai/index.ts'
import { PairedTexts, Payload, RerankRequest } from '../packets.ts'

/** Documents of one request; Cohere's limit. */
const maxDocuments = 10_000

/**
 * Checks the body of a rerank request, and says which field is wrong and how; then gives the query with its documents, and what
 * shapes the answer, all at the payload's time. Documents are texts or objects, of which `rank_fields`, else `text`, are read.
 * Sources: Cohere's rerank v1 and v2, Jina's rerank, OVMS; vLLM's `instruction`; TEI's rerank, whose documents are `texts`.
 *
 * @example
 * - calculator: RerankRequestCalculator
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PAIRS: pairs }
 */
export const RerankRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: RerankRequest, PAIRS: PairedTexts },
    schemas: () => ({ request: RerankBody }),
  },
  ({ outputs }) => ({
    process({ PAYLOAD }) {
      const { query, texts: plain, rank_fields = ['text'], ...fields } = checkRerankRequest(PAYLOAD.value.json)
      const documents = plain ?? fields.documents ?? []
      const texts = documents.map((document, index) => textOf(document, index, rank_fields))
      outputs.REQUEST.send({
        id: PAYLOAD.value.requestId,
        model: PAYLOAD.value.model,
        top: fields.top_n,
        documents: (fields.return_documents ?? fields.return_text) ? documents.map(shown) : undefined,
        shape: plain ? 'tei' : 'cohere',
        isRaw: fields.raw_scores ?? false,
      })
      const pairs = texts.map((text) => [query, text] as const)
      const { max_tokens_per_doc: maxTokens, max_chunks_per_doc: maxChunks, instruction } = fields
      outputs.PAIRS.send({ pairs, maxTokens, maxChunks, instruction })
    },
  }),
)

const document = z.union([z.string(), z.record(z.string(), z.unknown())], { error: 'must be a string or an object' })

const RerankBody = z
  .object({
    query: z.string().min(1),
    documents: z.array(document).min(1).max(maxDocuments).optional(),
    top_n: z.int().min(1).optional(),
    return_documents: z.boolean().optional(),
    rank_fields: z.array(z.string().min(1)).min(1).optional(),
    max_tokens_per_doc: z.int().min(1).optional(),
    max_chunks_per_doc: z.int().min(1).optional(),
    instruction: z.string().min(1).optional(),
    // TEI's words
    texts: z.array(z.string()).min(1).max(maxDocuments).optional(),
    return_text: z.boolean().optional(),
    raw_scores: z.boolean().optional(),
  })
  .superRefine(({ documents, texts }, context) => {
    if (documents || texts) return
    context.addIssue({ code: 'custom', path: ['documents'], message: 'must be a list of strings or objects', input: undefined })
  })

/** The checked fields of a rerank request's JSON; what is wrong is thrown, with its `param`. */
export const checkRerankRequest = (json: unknown) => checkRequest(RerankBody, json)

type Document = z.infer<typeof document>

/** The fields that are read, a line each, as Cohere's guide lays them out. */
function textOf(document: Document, index: number, fields: readonly string[]): string {
  if (typeof document === 'string') return document
  const found = fields.filter((field) => typeof document[field] === 'string')
  if (found.length === 0) {
    const param = `documents[${index}].${fields[0]}`
    throw new EngineError('missing_required_parameter', `${param} is missing; it must be a string.`, { param })
  }
  if (found.length === 1) return String(document[found[0]!])
  return found.map((field) => `${field}: ${document[field]}`).join('\n')
}

/** Results have documents as objects, also those that came as texts. */
const shown = (document: Document) => (typeof document === 'string' ? { text: document } : document)
