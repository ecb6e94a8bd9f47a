import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { activate, atUnitLength, joined, listHeading, rowsOf, shorten, toBase64 } from '../encoder/index.ts'
import { countTokens } from '../openai/index.ts'
import { ApiObject, Encoder, PoolingRequest, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of pooling, at the vectors' time: for each text a vector, what a classifier says of each label, or a vector of
 * each token, of length 1 unless the request says otherwise; as base64 all of a text's numbers, one vector behind the other. Source:
 * vLLM's `/pooling`.
 *
 * @example
 * - calculator: PoolingResponseCalculator
 *   input_side_packet: { ENCODER: encoder }
 *   input_stream:  { VECTORS: vectors, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const PoolingResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, REQUEST: latest(PoolingRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    sides: { ENCODER: Encoder },
    schemas: () => ({ response: PoolingAnswer }),
  },
  ({ outputs, sides: { ENCODER } }) => ({
    process({ VECTORS, REQUEST, TOKENS }) {
      const { id, model, task, encoding, dimensions, isRaw } = REQUEST.value
      const shown = (vector: Float32Array) => {
        if (task === 'classify') return Float32Array.from(activate(vector, isRaw ? 'identity' : ENCODER.activation))
        if (dimensions !== undefined) return isRaw ? vector.subarray(0, dimensions) : shorten(vector, dimensions)
        return task === 'token_embed' && !isRaw ? atUnitLength(vector) : vector
      }
      const format = (rows: readonly Float32Array[]) =>
        encoding === 'base64' ? toBase64(joined(rows)) : task === 'token_embed' ? rows : rows[0]!
      const data = VECTORS.value.map((vector, index) => {
        const rows = task === 'token_embed' ? rowsOf(vector, TOKENS.value[index]!.length) : [vector]
        return { index, object: 'pooling', data: format(rows.map(shown)) }
      })
      const tokens = countTokens(TOKENS.value)
      const usage = { prompt_tokens: tokens, total_tokens: tokens }
      outputs.OBJECT.send({ data: { id, model, object: 'list', created: Math.floor(Date.now() / 1000), data, usage } })
    },
  }),
)

const numbers = z.array(z.number())

const PoolingAnswer = z.strictObject({
  ...listHeading,
  data: z.array(
    z.strictObject({
      index: z.int().min(0),
      object: z.literal('pooling'),
      data: z.union([numbers, z.array(numbers), z.base64()]),
    }),
  ),
})
