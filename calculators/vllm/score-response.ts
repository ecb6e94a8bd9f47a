import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { bestOfEach, listHeading, scoreOf } from '../encoder/index.ts'
import { countTokens } from '../openai/index.ts'
import { ApiObject, ClassifyRequest, Encoder, Owners, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of score, at the vectors' time: how well the texts of each pair go together: from 0 to 1, unless the model's
 * files or options or the request say otherwise. Source: vLLM's `/score`.
 *
 * @example
 * - calculator: ScoreResponseCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { VECTORS: vectors, OWNERS: owners, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const ScoreResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, OWNERS: latest(Owners), REQUEST: latest(ClassifyRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    sides: { ENCODER: Encoder },
    schemas: () => ({ response: ScoreAnswer }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ VECTORS, OWNERS, REQUEST, TOKENS }) {
      const { isRaw, ...heading } = REQUEST.value
      const activation = isRaw ? 'identity' : ENCODER.activation
      const scores = VECTORS.value.map((logits) => scoreOf(logits, activation))
      const data = bestOfEach(scores, OWNERS.value).map((score, index) => ({ index, object: 'score', score }))
      const tokens = countTokens(TOKENS.value)
      const usage = { prompt_tokens: tokens, total_tokens: tokens }
      outputs.OBJECT.send({ data: { ...heading, object: 'list', created: Math.floor(Date.now() / 1000), data, usage } })
    },
  }),
)

const ScoreAnswer = z.strictObject({
  ...listHeading,
  data: z.array(z.strictObject({ index: z.int().min(0), object: z.literal('score'), score: z.number() })),
})
