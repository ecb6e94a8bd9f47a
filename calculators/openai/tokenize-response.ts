import { z } from 'zod'
import { calculator, EngineError, latest, optional } from '../../engine/index.ts'
import type { TokenizeRequestValue } from '../packets.ts'
import { ApiObject, Encoder, Llm, TokenizeRequest, Tokenizer, Tokens } from '../packets.ts'
import { TokenIds } from './answer-schemas.ts'

const TokenizeAnswer = z.union([
  z.strictObject({ tokens: z.union([TokenIds, z.array(TokenIds)]) }),
  z.strictObject({
    count: z.int().min(0),
    max_model_len: z.int().min(1).nullable(),
    tokens: TokenIds,
    token_strs: z.array(z.string()).optional(),
  }),
])

/**
 * Makes the answer of tokenize, at the tokens' time: OVMS's `{ tokens }`, a list of lists when the text was a list; for
 * vLLM's spellings `{ tokens, count, max_model_len }`, with `token_strs` if they are asked for. `max_length` cuts off at the end, padding fills up to it.
 *
 * @example
 * - calculator: TokenizeResponseCalculator
 *   input_side_packet: { TOKENIZER: tokenizer, LLM: llm }
 *   input_stream:  { TOKENS: tokens, REQUEST: request }
 *   output_stream: { OBJECT: object }
 */
export const TokenizeResponseCalculator = calculator(
  {
    inputs: { TOKENS: Tokens, REQUEST: latest(TokenizeRequest) },
    outputs: { OBJECT: ApiObject },
    sides: { TOKENIZER: Tokenizer, LLM: optional(Llm), ENCODER: optional(Encoder) },
    schemas: () => ({ response: TokenizeAnswer }),
  },
  ({ outputs, sides }) => ({
    process({ TOKENS, REQUEST }) {
      const request = REQUEST.value
      const lists = TOKENS.value.map((tokens) => fitTokens(tokens, request, sides.TOKENIZER.padToken))
      const tokens = request.shape === 'list' ? lists : lists[0]!
      const longest = sides.LLM?.maxModelLength ?? sides.ENCODER?.maxLength ?? null
      const counted = { count: tokens.length, max_model_len: longest }
      const texts = request.texts && { token_strs: lists[0]!.map((token) => sides.TOKENIZER.nameOf(token)) }
      outputs.OBJECT.send({ data: request.shape === 'counted' ? { ...counted, tokens, ...texts } : { tokens } })
    },
  }),
)

/** Tokens cut off and filled up as the request says. */
export function fitTokens(
  tokens: readonly number[],
  { maxLength, padding }: Pick<TokenizeRequestValue, 'maxLength' | 'padding'>,
  padToken: number | undefined,
): readonly number[] {
  const cut = maxLength === undefined ? tokens : tokens.slice(0, maxLength)
  if (padding === undefined || maxLength === undefined || cut.length === maxLength) return cut
  if (padToken === undefined) {
    const message = 'This model has no padding token; leave pad_to_max_length out.'
    throw new EngineError('unsupported_parameter', message, { param: 'pad_to_max_length' })
  }
  const fill = Array<number>(maxLength - cut.length).fill(padToken)
  return padding === 'left' ? [...fill, ...cut] : [...cut, ...fill]
}
