import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { ApiObject, Tokenizer, Tokens } from '../packets.ts'

/**
 * Makes the answer of detokenize, at the tokens' time: vLLM's `{ prompt }`, the text that the first list of tokens stands for,
 * special tokens included.
 *
 * @example
 * - calculator: DetokenizeResponseCalculator
 *   input_side_packet: { TOKENIZER: tokenizer }
 *   input_stream:  { TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const DetokenizeResponseCalculator = calculator(
  {
    inputs: { TOKENS: Tokens },
    outputs: { OBJECT: ApiObject },
    sides: { TOKENIZER: Tokenizer },
    schemas: () => ({ response: z.strictObject({ prompt: z.string() }) }),
  },
  ({ outputs, sides }) => ({
    process({ TOKENS }) {
      const prompt = sides.TOKENIZER.decode(TOKENS.value[0] ?? [], { skipSpecialTokens: false })
      outputs.OBJECT.send({ data: { prompt } })
    },
  }),
)
