import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { inputs, isRaw, scoreFields, textFields, toTokenizerOptions } from '../encoder/index.ts'
import { checkRequest, toList, toldRequest } from '../openai/index.ts'
import type { HttpPayload } from '../packets.ts'
import { ClassifyRequest, Encoder, Payload, Prompts, TokenizerOptions } from '../packets.ts'

/**
 * Checks the body of a classify request, and says which field is wrong and how; then gives its inputs, texts or token ids, and what
 * shapes the answer, all at the payload's time. Source: vLLM's `/classify`.
 *
 * @example
 * - calculator: ClassifyRequestCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { REQUEST: request, PROMPTS: inputs, OPTIONS: options }
 */
export const ClassifyRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { REQUEST: ClassifyRequest, PROMPTS: Prompts, OPTIONS: TokenizerOptions },
    sides: { ENCODER: Encoder },
    schemas: () => ({ request: ToldClassify }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ PAYLOAD }) {
      const { json, model, requestId, ignored } = PAYLOAD.value
      const fields = checkClassifyRequest(json, ignored)
      outputs.REQUEST.send({ id: `classify-${requestId}`, model, isRaw: isRaw(fields) })
      outputs.OPTIONS.send(toTokenizerOptions(fields, ENCODER))
      outputs.PROMPTS.send(toList(fields.input))
    },
  }),
)

const ClassifyBody = z.object({
  input: inputs,
  ...scoreFields,
  user: z.string().optional(),
  ...textFields,
})

const ToldClassify = toldRequest(ClassifyBody, { input: 'The food was delicious' })

/** The checked fields of a classify request's JSON; what is wrong is thrown, with its `param`. */
export const checkClassifyRequest = (json: unknown, ignored?: HttpPayload['ignored']) =>
  checkRequest(ClassifyBody, json, {}, ignored)
