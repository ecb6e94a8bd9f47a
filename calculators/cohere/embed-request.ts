import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import { lengthToCut, useOf } from '../encoder/index.ts'
import { checkRequest } from '../openai/index.ts'
import { EmbedRequest, Encoder, Index, Payload, Texts, TokenizerOptions } from '../packets.ts'

const maxTexts = 2048

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
    schemas: () => ({ request: EmbedBody }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { route, requestId: id, json } = PAYLOAD.value
      const version = route.startsWith('v1/') ? '1' : '2'
      const fields = checkEmbedRequest(json)
      const { output_dimension: dimensions, embedding_types: asked, truncate = 'END' } = fields
      if (dimensions !== undefined && dimensions > ENCODER.width) throw tooWide(dimensions, ENCODER.width)
      const texts = textsOf(fields)
      const { prompt, task } = useOf({ inputType: fields.input_type }, ENCODER)
      outputs.REQUEST.send({ id, texts, types: asked ?? (version === '1' ? undefined : ['float']), dimensions, version })
      const maxLength = truncate === 'NONE' ? undefined : lengthToCut(fields.max_tokens ?? -1, ENCODER)
      outputs.OPTIONS.send({ addSpecialTokens: true, maxLength })
      if (task !== undefined) outputs.TASK.send(task)
      outputs.TEXTS.send(texts.map((text) => prompt + text))
    },
  }),
)

const textContent = z.object({
  content: z
    .array(
      z.object({ type: z.literal('text', { error: 'must be "text": this model reads text only' }), text: z.string().min(1) }),
    )
    .min(1),
})

const EmbedBody = z
  .object({
    texts: z.array(z.string().min(1)).min(1).max(maxTexts).optional(),
    inputs: z.array(textContent).min(1).max(maxTexts).optional(),
    input_type: z.enum(['search_document', 'search_query', 'classification', 'clustering', 'image']).optional(),
    embedding_types: z
      .array(z.enum(['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64']))
      .min(1)
      .optional(),
    output_dimension: z.int().min(1).optional(),
    max_tokens: z.int().min(1).optional(),
    truncate: z.enum(['NONE', 'END'], { error: 'must be "NONE" or "END"; cutting at the beginning is not supported' }).optional(),
  })
  .superRefine(({ texts, inputs }, context) => {
    if ((texts === undefined) !== (inputs === undefined)) return
    const message = texts ? 'must not come with "inputs"' : 'must be a list of strings'
    context.addIssue({ code: 'custom', path: ['texts'], message, input: texts })
  })

/** The checked fields of an embed request's JSON; what is wrong is thrown, with its `param`. */
export const checkEmbedRequest = (json: unknown) => checkRequest(EmbedBody, json)

const textsOf = ({ texts, inputs = [] }: z.infer<typeof EmbedBody>): readonly string[] =>
  texts ?? inputs.map(({ content }) => content.map(({ text }) => text).join('\n'))

const tooWide = (dimensions: number, width: number) =>
  new EngineError(
    'invalid_value',
    `output_dimension must be at most ${width}, which this model's vectors have; got ${dimensions}.`,
    { param: 'output_dimension' },
  )
