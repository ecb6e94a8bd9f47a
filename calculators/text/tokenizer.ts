import { z } from 'zod'
import { calculator, EngineError, latest, optional } from '../../engine/index.ts'
import { Llm, SamplingParams, Texts, Tokenizer, TokenizerOptions, Tokens } from '../packets.ts'

/** Tokens of one text: reading them takes this thread's time. No model answers so many. */
const mostTokens = 1_048_576

/**
 * Turns texts into token ids, at the texts' time. `add_special_tokens` is for plain text; a chat template has written its
 * own, so behind one it must be false, or the model sees two beginnings. A request that says otherwise comes by OPTIONS.
 * With LLM and SAMPLING a text that the model can never answer throws `context_length_exceeded`, if its length alone tells,
 * before it is tokenized: megabytes take seconds. A text of more than a million tokens throws `invalid_value`.
 *
 * @example
 * - calculator: TokenizerCalculator
 *   input_side_packet: { TOKENIZER: tokenizer, LLM: llm }
 *   input_stream:  { TEXTS: texts, SAMPLING: sampling }
 *   output_stream: { TOKENS: tokens }
 *   options: { add_special_tokens: false }
 */
export const TokenizerCalculator = calculator(
  {
    inputs: { TEXTS: Texts, SAMPLING: optional(latest(SamplingParams)), OPTIONS: optional(latest(TokenizerOptions)) },
    outputs: { TOKENS: Tokens },
    sides: { TOKENIZER: Tokenizer, LLM: optional(Llm) },
    options: z.strictObject({
      add_special_tokens: z
        .boolean()
        .default(true)
        .describe('Whether beginning and end tokens are added, as the model wants them.'),
    }),
  },
  ({ outputs, sides: { TOKENIZER, LLM }, options }) => ({
    async process({ TEXTS, SAMPLING, OPTIONS }) {
      const addSpecialTokens = OPTIONS && !OPTIONS.isEmpty ? OPTIONS.value.addSpecialTokens : options.add_special_tokens
      const params = SAMPLING?.isEmpty === false ? SAMPLING.value : undefined
      const check = (tokens: number, isLeast = false) => {
        if (params) LLM?.checkLength(tokens, params, isLeast)
        if (tokens > mostTokens) throw tooMany(tokens)
      }
      const { longestToken = Number.POSITIVE_INFINITY } = TOKENIZER
      for (const { length } of TEXTS.value) if (length > 0) check(Math.ceil(length / longestToken), true)
      const encode = (text: string) => TOKENIZER.encode(text, { addSpecialTokens, onLength: (tokens) => check(tokens) })
      outputs.TOKENS.send(await Promise.all(TEXTS.value.map(encode)))
    },
  }),
)

const tooMany = (tokens: number) =>
  new EngineError('invalid_value', `The text has ${tokens} tokens; this server tells at most ${mostTokens} of a text. Cut it up.`)
