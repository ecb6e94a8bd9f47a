import { z } from 'zod'
import { calculator, EngineError, latest, optional } from '../../engine/index.ts'
import type { Encoder as ModelEncoder } from '../../servables/index.ts'
import { checkVocabulary } from '../openai/vocabulary.ts'
import { Encoder, TokenizerOptions, Tokens, Vectors } from '../packets.ts'

/**
 * Runs an encoder on all texts of a packet: one vector each, at the packet's time. Texts of requests that come at the same time
 * are computed together. TYPE_IDS, at the same time, tell of pairs which text each token belongs to. A text that is longer than
 * the model or, by OPTIONS, the request allows throws `context_length_exceeded`, an id that it does not know `invalid_value`; both name the request's `field`.
 *
 * @example
 * - calculator: EncoderCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { TOKENS: tokens }
 *   output_stream: { VECTORS: vectors }
 */
export const EncoderCalculator = calculator(
  {
    inputs: { TOKENS: Tokens, TYPE_IDS: optional(Tokens), OPTIONS: optional(latest(TokenizerOptions)) },
    outputs: { VECTORS: Vectors },
    sides: { ENCODER: Encoder },
    options: z.strictObject({
      field: z.string().default('input').describe('The field of the request that the texts come from: what a refusal names.'),
    }),
  },
  ({ outputs, sides: { ENCODER }, options: { field }, signal }) => ({
    async process({ TOKENS, TYPE_IDS, OPTIONS }) {
      const typeIds = TYPE_IDS?.isEmpty === false ? TYPE_IDS.value : []
      const inputs = TOKENS.value.map((ids, index) => ({ ids, typeIds: typeIds[index] }))
      const { allowed } = OPTIONS?.isEmpty === false ? OPTIONS.value : {}
      for (const [index, { ids }] of inputs.entries()) {
        const param = inputs.length > 1 ? `${field}[${index}]` : field
        checkLength(ids.length, param, ENCODER, allowed)
        checkVocabulary(ids, ENCODER.vocabularySize, param)
      }
      outputs.VECTORS.send(await ENCODER.encode(inputs, signal))
    },
  }),
)

function checkLength(tokens: number, param: string, { maxLength }: ModelEncoder, allowed = maxLength): void {
  if (tokens === 0) throw new EngineError('invalid_value', `${param} has no tokens for this model.`, { param })
  if (tokens <= Math.min(maxLength, allowed)) return
  const most =
    allowed < maxLength ? `The request allows ${allowed} tokens` : `This model's maximum context length is ${maxLength} tokens`
  const message = `${most}; ${param} has ${tokens}. Cut it up, or ask for it to be truncated.`
  throw new EngineError('context_length_exceeded', message, { param })
}
