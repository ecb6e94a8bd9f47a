import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { checkDimensions, lengthToCut, maxInputs, useOf } from '../encoder/index.ts'
import { checkRequest, toldRequest, type Unsupported } from '../openai/index.ts'
import type { HttpPayload } from '../packets.ts'
import { EmbedRequest, Encoder, Index, Payload, Texts, TokenizerOptions } from '../packets.ts'
import { apiVersionOf } from './api-version.ts'

/**
 * Checks the body of an embed request in Cohere's words, and says which field is wrong and how; then gives its texts and what
 * shapes the answer, all at the payload's time. `input_type` chooses the model's own prompt for queries or documents, if it has
 * one. Sources: Cohere's embed v1 and v2; a route that begins with `v1/` is answered as v1 does.
 *
 * @example
 * - calculator: EmbedRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, TEXTS: texts, OPTIONS: options, TASK: task }
 */
export const EmbedRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: EmbedRequest, TEXTS: Texts, OPTIONS: TokenizerOptions, TASK: Index },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: ToldEmbed }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { route, requestId: id, json, ignored } = PAYLOAD.value
      const version = apiVersionOf(route)
      const fields = checkEmbedRequest(json, ignored)
      const { output_dimension: dimensions, embedding_types: asked, truncate = 'END', max_tokens: most } = fields
      checkDimensions(dimensions, ENCODER.width, 'output_dimension')
      const texts = textsOf(fields)
      const { prompt, task } = useOf({ inputType: fields.input_type }, ENCODER)
      const defaults = version === '1' ? undefined : (['float'] as const)
      outputs.REQUEST.send({ id, texts, types: asked ?? defaults, dimensions, version })
      const cutting = { maxLength: lengthToCut(most ?? -1, ENCODER), cut: truncate === 'START' ? 'left' : 'right' } as const
      outputs.OPTIONS.send({ addSpecialTokens: true, ...(truncate === 'NONE' ? { allowed: most } : cutting) })
      if (task !== undefined) outputs.TASK.send(task)
      outputs.TEXTS.send(texts.map((text) => prompt + text))
    },
  }),
)

const types = ['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64'] as const

const textContent = z.object({
  content: z
    .array(
      z.object({ type: z.literal('text', { error: 'must be "text": this model reads text only' }), text: z.string().min(1) }),
    )
    .min(1),
})

const EmbedBody = z
  .object({
    texts: z
      .array(z.string().min(1))
      .min(1)
      .max(maxInputs)
      .describe('Refused if missing, unless `inputs` stands for it, and with `truncate` NONE beyond the allowed length.')
      .optional(),
    inputs: z.array(textContent).min(1).max(maxInputs).describe('Refused beside `texts`.').optional(),
    input_type: z.enum(['search_document', 'search_query', 'classification', 'clustering']).optional(),
    embedding_types: z.array(z.enum(types)).min(1).max(types.length).optional(),
    output_dimension: z.int().min(1).describe("Refused above the model's own.").optional(),
    max_tokens: z.int().min(1).optional(),
    truncate: z.enum(['NONE', 'START', 'END']).optional(),
  })
  .superRefine(({ texts, inputs }, context) => {
    if ((texts === undefined) !== (inputs === undefined)) return
    const [field, message] = texts ? ['inputs', 'must not come with "texts"'] : ['texts', 'must be a list of strings']
    context.addIssue({ code: 'custom', path: [field!], message: message!, input: inputs })
  })

const unsupported: Unsupported = { images: { why: 'Models here read text.' } }

const ToldEmbed = toldRequest(EmbedBody, { texts: ['hello', 'goodbye'], input_type: 'search_document' }, unsupported)

/** The checked fields of an embed request's JSON; what is wrong is thrown, with its `param`. */
export const checkEmbedRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(EmbedBody, json, unsupported, ignored)

const textsOf = ({ texts, inputs = [] }: z.infer<typeof EmbedBody>): readonly string[] =>
  texts ?? inputs.map(({ content }) => content.map(({ text }) => text).join('\n'))
