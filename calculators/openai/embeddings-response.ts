import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { EncoderUsage, shorten, toBase64 } from '../encoder/index.ts'
import { ApiObject, EmbeddingsRequest, Tokens, Vectors } from '../packets.ts'
import { countTokens } from './usage.ts'

/**
 * Makes the answer of embeddings, at the vectors' time: numbers, or base64 of little-endian float32. With `dimensions` vectors
 * are cut off, and normalized again. TOKENS are for the usage. Source: OpenAI's API reference.
 *
 * @example
 * - calculator: EmbeddingsResponseCalculator
 *   input_stream:  { VECTORS: vectors, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const EmbeddingsResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, REQUEST: latest(EmbeddingsRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: EmbeddingsAnswer }),
  },
  ({ outputs }) => ({
    process({ VECTORS, REQUEST, TOKENS }) {
      const { model, encoding, dimensions } = REQUEST.value
      const shown = (vector: Float32Array) => (dimensions === undefined ? vector : shorten(vector, dimensions))
      const data = VECTORS.value.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encoding === 'base64' ? toBase64(shown(vector)) : shown(vector),
      }))
      const tokens = countTokens(TOKENS.value)
      outputs.OBJECT.send({ data: { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } } })
    },
  }),
)

const EmbeddingsAnswer = z.strictObject({
  object: z.literal('list'),
  data: z.array(
    z.strictObject({
      object: z.literal('embedding'),
      index: z.int().min(0),
      embedding: z.union([z.array(z.number()), z.base64()]),
    }),
  ),
  model: z.string(),
  usage: EncoderUsage,
})
