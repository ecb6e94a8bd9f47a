import { z } from 'zod'
import { calculator, latest, optional } from '../../engine/index.ts'
import { Texts, Tokenizer, TokenizerOptions, Tokens } from '../packets.ts'

/**
 * Turns texts into token ids, at the texts' time. `add_special_tokens` is for plain text; a chat template has written its
 * own, so behind one it must be false, or the model sees two beginnings. A request that says otherwise comes by OPTIONS.
 *
 * @example
 * - calculator: TokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer }
 *   input_stream:  { TEXTS: texts }
 *   output_stream: { TOKENS: tokens }
 *   options: { add_special_tokens: false }
 */
export const TokenizerCalculator = calculator(
  {
    inputs: { TEXTS: Texts, OPTIONS: optional(latest(TokenizerOptions)) },
    outputs: { TOKENS: Tokens },
    sides: { TOKENIZER: Tokenizer },
    options: z.strictObject({
      add_special_tokens: z
        .boolean()
        .default(true)
        .describe('Whether beginning and end tokens are added, as the model wants them.'),
    }),
  },
  ({ outputs, sides, options }) => ({
    async process({ TEXTS, OPTIONS }) {
      const addSpecialTokens = OPTIONS && !OPTIONS.isEmpty ? OPTIONS.value.addSpecialTokens : options.add_special_tokens
      outputs.TOKENS.send(await Promise.all(TEXTS.value.map((text) => sides.TOKENIZER.encode(text, { addSpecialTokens }))))
    },
  }),
)
