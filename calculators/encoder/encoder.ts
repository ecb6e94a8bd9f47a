import { z } from 'zod'
import { calculator, EngineError, optional } from '../../engine/index.ts'
import { Encoder, Tokens, Vectors } from '../packets.ts'

/**
 * Runs an encoder on all texts of a packet: one vector each, at the packet's time. Texts of requests that come at the same time
 * are computed together. TYPE_IDS, at the same time, tell of pairs which text each token belongs to. A text that is longer than
 * the model allows throws `context_length_exceeded`, an id that it does not know `invalid_value`; both name the request's `field`.
 *
 * @example
 * - calculator: EncoderCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { TOKENS: tokens }
 *   output_stream: { VECTORS: vectors }
 */
export const EncoderCalculator = calculator(
  {
    inputs: { TOKENS: Tokens, TYPE_IDS: optional(Tokens) },
    outputs: { VECTORS: Vectors },
    sides: { ENCODER: Encoder },
    options: z.strictObject({
      field: z.string().default('input').describe('The field of the request that the texts come from: what a refusal names.'),
    }),
  },
  ({ outputs, sides: { ENCODER }, options: { field }, signal }) => ({
    async process({ TOKENS, TYPE_IDS }) {
      const typeIds = TYPE_IDS?.isEmpty === false ? TYPE_IDS.value : []
      const inputs = TOKENS.value.map((ids, index) => ({ ids, typeIds: typeIds[index] }))
      for (const [index, { ids }] of inputs.entries()) check(ids, inputs.length > 1 ? `${field}[${index}]` : field, ENCODER)
      outputs.VECTORS.send(await ENCODER.encode(inputs, signal))
    },
  }),
)

function check(
  ids: readonly number[],
  param: string,
  { maxLength, vocabularySize }: { readonly maxLength: number; readonly vocabularySize: number },
): void {
  if (ids.length > maxLength) {
    const message = `This model's maximum context length is ${maxLength} tokens; ${param} has ${ids.length}. Cut it up, or set truncate_prompt_tokens.`
    throw new EngineError('context_length_exceeded', message, { param })
  }
  const unknown = ids.findIndex((id) => id >= vocabularySize)
  if (unknown < 0) return
  const message = `Token id ${ids[unknown]} is out of vocabulary; this model's ids go from 0 to ${vocabularySize - 1}.`
  throw new EngineError('invalid_value', message, { param: `${param}[${unknown}]` })
}
