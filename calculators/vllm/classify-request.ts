import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { lengthToCut, truncatePromptTokens } from '../encoder/index.ts'
import { checkRequest } from '../openai/index.ts'
import { ClassifyRequest, Encoder, Payload, Texts, TokenizerOptions } from '../packets.ts'

const maxInputs = 2048

/**
 * Checks the body of a classify request, and says which field is wrong and how; then gives its texts and what shapes the answer,
 * all at the payload's time. Source: vLLM's `/classify`.
 *
 * @example
 * - calculator: ClassifyRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, TEXTS: texts, OPTIONS: options }
 */
export const ClassifyRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: ClassifyRequest, TEXTS: Texts, OPTIONS: TokenizerOptions },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: ClassifyBody }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { input, truncate_prompt_tokens: asked } = checkClassifyRequest(PAYLOAD.value.json)
      outputs.REQUEST.send({ id: `classify-${PAYLOAD.value.requestId}`, model: PAYLOAD.value.model })
      outputs.OPTIONS.send({ addSpecialTokens: true, maxLength: lengthToCut(asked, ENCODER) })
      outputs.TEXTS.send([input].flat())
    },
  }),
)

const ClassifyBody = z.object({
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(maxInputs)], {
    error: 'must be a string or a list of strings, none of them empty',
  }),
  truncate_prompt_tokens: truncatePromptTokens.optional(),
})

/** The checked fields of a classify request's JSON; what is wrong is thrown, with its `param`. */
export const checkClassifyRequest = (json: unknown) => checkRequest(ClassifyBody, json)
