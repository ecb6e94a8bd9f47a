import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { lengthToCut, useOf } from '../encoder/index.ts'
import { checkRequest } from '../openai/index.ts'
import { Encoder, Index, Payload, Texts, TokenizerOptions } from '../packets.ts'

const maxInputs = 2048

/**
 * Checks the body of an embed request in the words of Hugging Face's Text Embeddings Inference, and says which field is wrong and
 * how; then gives its texts, at the payload's time. Source: TEI's `/embed`, whose body `/embed_all` and `/embed_sparse` have too.
 *
 * @example
 * - calculator: TeiEmbedRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { TEXTS: texts, OPTIONS: options, TASK: task }
 */
export const TeiEmbedRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { TEXTS: Texts, OPTIONS: TokenizerOptions, TASK: Index },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: TeiEmbedBody }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { inputs, truncate, prompt_name: name } = checkTeiEmbedRequest(PAYLOAD.value.json)
      const { prompt, task } = useOf({ name }, ENCODER)
      outputs.OPTIONS.send({ addSpecialTokens: true, maxLength: lengthToCut(truncate ? -1 : undefined, ENCODER) })
      if (task !== undefined) outputs.TASK.send(task)
      outputs.TEXTS.send([inputs].flat().map((text) => prompt + text))
    },
  }),
)

const TeiEmbedBody = z.object({
  inputs: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(maxInputs)], {
    error: 'must be a string or a list of strings, none of them empty',
  }),
  truncate: z.boolean().optional(),
  prompt_name: z.string().optional(),
})

/** The checked fields of an embed request's JSON; what is wrong is thrown, with its `param`. */
export const checkTeiEmbedRequest = (json: unknown) => checkRequest(TeiEmbedBody, json)
