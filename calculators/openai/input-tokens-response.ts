import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Tokens } from '../packets.ts'
import { countTokens } from './usage.ts'

const InputTokens = z.strictObject({
  object: z.string().describe("The API's name for it, where it has one.").optional(),
  input_tokens: z.int().min(0),
})

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
    schemas: () => ({ response: InputTokens }),
    options: z.strictObject({ object: z.string().optional().describe("The answer's `object`; absent: it has none.") }),
  },
  ({ outputs, options }) => ({
    process({ TOKENS }) {
      outputs.OBJECT.send({ data: { ...options, input_tokens: countTokens(TOKENS.value) } })
    },
  }),
)
