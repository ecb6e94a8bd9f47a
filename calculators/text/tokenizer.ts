import { setImmediate } from 'node:timers/promises'
import { z } from 'zod'
import { calculator, EngineError, latest, optional } from '../../engine/index.ts'
import type { Llm as ModelLlm, SamplingParams as ModelSamplingParams } from '../../servables/index.ts'
import type { Truncation } from '../packets.ts'
import { Llm, Prompts, SamplingParams, Texts, Tokenizer, TokenizerOptions, Tokens } from '../packets.ts'
import { aFewAtATime } from './a-few-at-a-time.ts'

/** Tokens of one text: reading them takes this thread's time. No model answers so many. */
const mostTokens = 1_048_576
/** Characters whose tokens take long to read. */
const many = 256 * 1024
/** Characters of texts that no model's length bounds: a million takes a thread for half a second. */
const mostCharacters = 1_048_576

/**
 * Turns texts into token ids, at the texts' time. They come by TEXTS, or by PROMPTS, where some may be token ids already, which stay.
 * `add_special_tokens` is for plain text; a chat template has written its own, so behind one it must be false, or the model sees
 * two beginnings. A request that says otherwise comes by OPTIONS, where it may also say that what is too long is cut, and what is short filled up. With LLM and
 * SAMPLING a text that the model can never answer throws `context_length_exceeded`, if its length alone tells, before it is
 * tokenized: megabytes take seconds. A text of more than a million tokens throws `invalid_value`; where no model
 * bounds them, texts of more than a million characters do.
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
    inputs: {
      TEXTS: optional(Texts),
      PROMPTS: optional(Prompts),
      SAMPLING: optional(latest(SamplingParams)),
      OPTIONS: optional(latest(TokenizerOptions)),
    },
    outputs: { TOKENS: Tokens },
    sides: { TOKENIZER: Tokenizer, LLM: optional(Llm) },
    options: z.strictObject({
      add_special_tokens: z
        .boolean()
        .default(true)
        .describe('Whether beginning and end tokens are added, as the model wants them.'),
    }),
    check({ inputs: { TEXTS = 0, PROMPTS = 0 } }) {
      return TEXTS + PROMPTS === 1 ? undefined : 'takes either TEXTS or PROMPTS'
    },
  },
  ({ outputs, sides: { TOKENIZER, LLM }, options }) => ({
    async process({ TEXTS, PROMPTS, SAMPLING, OPTIONS }) {
      const prompts = TEXTS?.isEmpty === false ? TEXTS.value : PROMPTS?.isEmpty === false ? PROMPTS.value : []
      const asked = OPTIONS?.isEmpty === false ? OPTIONS.value : {}
      const params = SAMPLING?.isEmpty === false ? SAMPLING.value : undefined
      const { addSpecialTokens = options.add_special_tokens, truncation, maxLength, cut: side = 'right', filling } = asked
      const check = (tokens: number, isLeast = false) => {
        if (params && !truncation) LLM?.checkLength(tokens, params, isLeast)
        if (tokens > mostTokens) throw tooMany(tokens)
      }
      const { longestToken = Number.POSITIVE_INFINITY } = TOKENIZER
      const characters = prompts.reduce((sum, prompt) => sum + (typeof prompt === 'string' ? prompt.length : 0), 0)
      if (!(params && LLM && !truncation) && characters > mostCharacters) throw tooLong(characters)
      for (const prompt of prompts) {
        if (typeof prompt === 'string' && prompt.length > 0) check(Math.ceil(prompt.length / longestToken), true)
      }
      const encode = (prompt: string | readonly number[]) =>
        typeof prompt === 'string'
          ? TOKENIZER.encode(prompt, { addSpecialTokens, maxLength, cut: side, onLength: (tokens) => check(tokens) })
          : cut(prompt, { tokens: maxLength, side }, prompt.length)
      const encoded = await aFewAtATime(prompts, encode)
      const tokens = filling ? encoded.map((ids) => filled(ids, filling)) : encoded
      // They were read just now, and are perhaps written next: other requests have their turn between.
      if (characters > many) await setImmediate()
      outputs.TOKENS.send(truncation ? tokens.map((each) => cut(each, truncation, longestPrompt(LLM, params))) : tokens)
    },
  }),
)

const filled = (ids: readonly number[], { length, token }: { readonly length: number; readonly token: number }) =>
  ids.length < length ? [...ids, ...Array<number>(length - ids.length).fill(token)] : ids

const tooLong = (characters: number) =>
  new EngineError(
    'invalid_value',
    `There are ${characters} characters; at most ${mostCharacters} are tokenized at once. Cut them up.`,
  )

const tooMany = (tokens: number) =>
  new EngineError('invalid_value', `The text has ${tokens} tokens; this server tells at most ${mostTokens} of a text. Cut it up.`)

/** Tokens of a prompt that leaves room for as long an answer as was asked for. */
const longestPrompt = (llm: ModelLlm | undefined, params: ModelSamplingParams | undefined): number =>
  llm ? Math.max(1, llm.maxModelLength - (params?.maxTokens ?? 1)) : mostTokens

function cut(tokens: readonly number[], { tokens: most, side }: Truncation, longest: number): readonly number[] {
  const left = most ?? longest
  if (tokens.length <= left) return tokens
  return side === 'left' ? tokens.slice(-left) : tokens.slice(0, left)
}
