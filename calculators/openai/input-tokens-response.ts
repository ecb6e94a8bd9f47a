import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Tokens } from '../packets.ts'
import { countTokens } from './usage.ts'

/**
 * Says how many tokens a request's input has, at the tokens' time: `{ input_tokens }`, with the option `object` also the API's
 * name for that. Source: OpenAI's and Anthropic's API references.
 *
 * @example
 * - calculator: InputTokensResponseCalculator
 *   input_stream:  { TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 *   options: { object: response.input_tokens }
 */
export const InputTokensResponseCalculator = calculator(
  {
    inputs: { TOKENS: Tokens },
    outputs: { OBJECT: ApiObject },
    schemas: ({ object }) => ({
      response: z.strictObject({ ...(object !== undefined && { object: z.literal(object) }), input_tokens: z.int().min(0) }),
    }),
    options: z.strictObject({ object: z.string().optional().describe("The answer's `object`; absent: it has none.") }),
  },
  ({ outputs, options }) => ({
    process({ TOKENS }) {
      outputs.OBJECT.send({ data: { ...options, input_tokens: countTokens(TOKENS.value) } })
    },
  }),
)
