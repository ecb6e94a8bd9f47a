import { z } from 'zod'
import { calculator, EngineError, optional } from '../../engine/index.ts'
import { checkDimensions, inputs, lengthToCut, useOf, withPrompt } from '../encoder/index.ts'
import { checkRequest, toList, toldRequest, type Unsupported } from '../openai/index.ts'
import type { HttpPayload } from '../packets.ts'
import { EmbeddingsRequest, Encoder, Index, Payload, Prompts, TokenizerOptions } from '../packets.ts'

/**
 * Checks the body of an embed request in the words of Hugging Face's Text Embeddings Inference, and says which field is wrong and
 * how; then gives its inputs and what shapes the answer, all at the payload's time. Source: TEI's `/embed`, whose body `/embed_all` and
 * `/embed_sparse` have too; their graphs have no REQUEST, and `dimensions` throws `unsupported_parameter`.
 *
 * @example
 * - calculator: TeiEmbedRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PROMPTS: inputs, OPTIONS: options, TASK: task }
 */
export const TeiEmbedRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: optional(EmbeddingsRequest), PROMPTS: Prompts, OPTIONS: TokenizerOptions, TASK: Index },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: ToldTeiEmbed }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { json, model, ignored } = PAYLOAD.value
      const { truncate, truncation_direction, prompt_name: name, dimensions, ...fields } = checkTeiEmbedRequest(json, ignored)
      if (dimensions !== undefined && !outputs.REQUEST) throw noDimensions()
      checkDimensions(dimensions, ENCODER.width, 'dimensions')
      const { prompt, task, filling } = useOf({ name }, ENCODER)
      outputs.REQUEST?.send({ model, encoding: 'float', dimensions })
      const maxLength = lengthToCut(truncate, ENCODER)
      outputs.OPTIONS.send({ addSpecialTokens: true, maxLength, cut: truncation_direction, filling })
      if (task !== undefined) outputs.TASK.send(task)
      outputs.PROMPTS.send(withPrompt(toList(fields.inputs), prompt))
    },
  }),
)

const noDimensions = () =>
  new EngineError('unsupported_parameter', 'dimensions is for the route embed; leave it out.', { param: 'dimensions' })

const TeiEmbedBody = z.object({
  inputs,
  truncate: z.boolean().optional(),
  // Its documentation has them in both spellings.
  truncation_direction: z
    .preprocess(lowerCase, z.enum(['left', 'right']))
    .meta({ enum: ['left', 'right', 'Left', 'Right'] })
    .optional(),
  prompt_name: z.string().describe("Refused unless it is one of the model's.").optional(),
  dimensions: z.int().min(1).describe("Refused above the model's own.").optional(),
})

function lowerCase(value: unknown): unknown {
  return value === 'Left' || value === 'Right' ? value.toLowerCase() : value
}

const unsupported: Unsupported = {
  normalize: { why: 'Vectors have length 1 here; those of the route embeddings are as the model makes them.', neutral: [true] },
}

const ToldTeiEmbed = toldRequest(TeiEmbedBody, { inputs: 'What is Deep Learning?' }, unsupported)

/** The checked fields of an embed request's JSON; what is wrong is thrown, with its `param`. */
export const checkTeiEmbedRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(TeiEmbedBody, json, unsupported, ignored)
