import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { isRaw, pairFields, scoreFields, toPairing } from '../encoder/index.ts'
import { checkRequest, toldRequest, type Unsupported } from '../openai/index.ts'
import type { HttpPayload } from '../packets.ts'
import { PairedTexts, Payload, RerankRequest } from '../packets.ts'
import { apiVersionOf } from './api-version.ts'

/** Documents of one request; Cohere's limit. */
const maxDocuments = 10_000

/**
 * Checks the body of a rerank request, and says which field is wrong and how; then gives the query with its documents, and what
 * shapes the answer, all at the payload's time. Documents are texts or objects, of which `rank_fields`, else `text`, are read.
 * Sources: Cohere's rerank v1 and v2, Jina's rerank, OVMS; TEI's rerank, whose documents are `texts`; of vLLM
 * `truncate_prompt_tokens`, `max_tokens_per_query`, `use_activation` and `instruction`. A query that is too long is cut, as Cohere
 * and OVMS do it, unless `truncate` is false or the words are TEI's, who refuses it.
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
    schemas: () => ({ request: ToldRerank }),
  },
  ({ outputs }) => ({
    process({ PAYLOAD }) {
      const { route, requestId: id, model, json, ignored } = PAYLOAD.value
      const { query, texts: plain, rank_fields = ['text'], ...fields } = checkRerankRequest(json, ignored)
      const documents = plain ?? fields.documents ?? []
      const texts = documents.map((document, index) => textOf(document, index, rank_fields))
      outputs.REQUEST.send({
        id,
        model,
        top: fields.top_n,
        documents: (fields.return_documents ?? fields.return_text) ? documents.map(shown) : undefined,
        shape: plain ? 'tei' : `cohere-${apiVersionOf(route)}`,
        isRaw: isRaw(fields),
      })
      const { maxChunks = fields.max_chunks_per_doc, ...pairing } = toPairing(fields, !plain)
      const names = ['query', plain ? 'texts' : 'documents'] as const
      outputs.PAIRS.send({ pairs: texts.map((text) => [query, text]), fields: names, ...pairing, maxChunks })
    },
  }),
)

const document = z.union([z.string(), z.record(z.string(), z.unknown())], { error: 'must be a string or an object' })

const RerankBody = z
  .object({
    query: z.string().min(1).describe('Refused if it leaves too little room for documents and is not to be cut.'),
    documents: z
      .array(document)
      .min(1)
      .max(maxDocuments)
      .describe(
        'Refused if missing, unless `texts` stands for it; if too long; and with objects that have none of the fields to read.',
      )
      .optional(),
    top_n: z.int().min(1).optional(),
    return_documents: z.boolean().optional(),
    rank_fields: z.array(z.string().min(1)).min(1).optional(),
    max_chunks_per_doc: z.int().min(1).optional(),
    ...pairFields,
    ...scoreFields,
    // TEI's words
    texts: z.array(z.string()).min(1).max(maxDocuments).describe('Refused beside `documents`, and if too long.').optional(),
    return_text: z.boolean().optional(),
  })
  .superRefine(({ documents, texts }, context) => {
    const fault = (field: string, message: string, input: unknown) =>
      context.addIssue({ code: 'custom', path: [field], message, input })
    if (!documents && !texts) fault('documents', 'must be a list of strings or objects', undefined)
    if (documents && texts) fault('texts', 'must not come with "documents"', texts)
  })

const cutAtTheEnd = 'Documents are cut at their end.'

const unsupported: Unsupported = {
  top_k: { why: 'The field is top_n.' },
  return_embeddings: { why: 'Cross-encoders have none.', neutral: [false] },
  truncation_direction: { why: cutAtTheEnd, neutral: ['right', 'Right'] },
  truncation_side: { why: cutAtTheEnd, neutral: ['right'] },
}

const ToldRerank = toldRequest(RerankBody, { query: 'Hello', documents: ['Welcome', 'Farewell'] }, unsupported)

/** The checked fields of a rerank request's JSON; what is wrong is thrown, with its `param`. */
export const checkRerankRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(RerankBody, json, unsupported, ignored)

type Document = z.infer<typeof document>

/** The fields that are read, a line each, as Cohere's guide lays them out. */
function textOf(document: Document, index: number, fields: readonly string[]): string {
  if (typeof document === 'string') return document
  const found = fields.filter((field) => isReadable(document[field]))
  if (found.length === 0) {
    const param = `documents[${index}].${fields[0]!.slice(0, 64)}`
    const message = `${param} is missing, or neither string nor number; rank_fields names the fields that are read.`
    throw new EngineError('missing_required_parameter', message, { param })
  }
  if (found.length === 1) return String(document[found[0]!])
  return found.map((field) => `${field}: ${document[field]}`).join('\n')
}

/** Years and prices are read as they are written. */
const isReadable = (value: unknown) => typeof value === 'string' || typeof value === 'number'

/** Results have documents as objects, also those that came as texts. */
const shown = (document: Document) => (typeof document === 'string' ? { text: document } : document)
