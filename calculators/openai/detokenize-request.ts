import { z } from 'zod'
import { calculator, optional } from '../../engine/index.ts'
import { Encoder, Llm, Payload, Tokens } from '../packets.ts'
import { checkRequest } from './check-request.ts'
import { toldRequest } from './request-schema.ts'
import { tokenIds } from './texts-or-tokens.ts'
import { checkVocabulary } from './vocabulary.ts'

/**
 * Checks the body of a detokenize request, and gives its token ids, at the payload's time. Ids that are not the model's are
 * refused; what they are, either the language model or the encoder tells. Source: vLLM.
 *
 * @example
 * - calculator: DetokenizeRequestCalculator
 *   input_side_packet: { LLM: llm }
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { TOKENS: tokens }
 */
export const DetokenizeRequestCalculator = calculator(
  {
    inputs: { PAYLOAD: Payload },
    outputs: { TOKENS: Tokens },
    sides: { LLM: optional(Llm), ENCODER: optional(Encoder) },
    schemas: () => ({ request: ToldDetokenize }),
  },
  ({ outputs, sides }) => ({
    process({ PAYLOAD }) {
      const { tokens } = checkRequest(DetokenizeBody, PAYLOAD.value.json, {}, PAYLOAD.value.ignored)
      const { vocabularySize } = sides.LLM ?? sides.ENCODER ?? { vocabularySize: Number.POSITIVE_INFINITY }
      checkVocabulary(tokens, vocabularySize, 'tokens')
      outputs.TOKENS.send([tokens])
    },
  }),
)

const DetokenizeBody = z.object({
  tokens: tokenIds(0).describe('Refused with ids that the model has no tokens for.'),
})

const ToldDetokenize = toldRequest(DetokenizeBody, { tokens: [1, 2, 3] })
