import { z } from 'zod'
import { calculator, latest } from '../../engine/index.ts'
import { shorten, toBase64 } from '../encoder/index.ts'
import { countTokens } from '../openai/index.ts'
import type { EmbeddingType } from '../packets.ts'
import { ApiObject, EmbedRequest, Tokens, Vectors } from '../packets.ts'

/**
 * Makes the answer of embed in Cohere's words, at the vectors' time: vectors in each of the types asked for. Elements of int8 are
 * the numbers times 127, rounded; bits say which elements are positive, eight to a byte. Sources: Cohere's embed v1 and v2.
 *
 * @example
 * - calculator: EmbedResponseCalculator
 *   input_stream:  { VECTORS: vectors, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const EmbedResponseCalculator = calculator(
  {
    inputs: { VECTORS: Vectors, REQUEST: latest(EmbedRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: EmbedAnswer }),
  },
  ({ outputs }) => ({
    process({ VECTORS, REQUEST, TOKENS }) {
      const { id, texts, types, dimensions, version } = REQUEST.value
      const vectors = dimensions === undefined ? VECTORS.value : VECTORS.value.map((vector) => shorten(vector, dimensions))
      const inType = (type: EmbeddingType) => vectors.map((vector) => formats[type](vector))
      const embeddings = types ? Object.fromEntries(types.map((type) => [type, inType(type)])) : inType('float')
      const meta = { api_version: { version }, billed_units: { input_tokens: countTokens(TOKENS.value) } }
      const response_type = types ? 'embeddings_by_type' : 'embeddings_floats'
      outputs.OBJECT.send({ data: { id, embeddings, texts, meta, response_type } })
    },
  }),
)

const formats: Readonly<Record<EmbeddingType, (vector: Float32Array) => Float32Array | readonly number[] | string>> = {
  float: (vector) => vector,
  base64: toBase64,
  int8: (vector) => Array.from(vector, (value) => Math.max(-128, Math.min(127, Math.round(value * 127)))),
  uint8: (vector) => Array.from(vector, (value) => Math.max(0, Math.min(255, Math.round(value * 127) + 128))),
  ubinary: (vector) => bits(vector),
  binary: (vector) => bits(vector).map((byte) => byte - 128),
}

/** As numpy's packbits does it: the first element is a byte's highest bit. */
const bits = (vector: Float32Array) =>
  Array.from({ length: Math.ceil(vector.length / 8) }, (_, byte) =>
    Array.from({ length: 8 }).reduce<number>((sum, _, bit) => 2 * sum + ((vector[8 * byte + bit] ?? 0) > 0 ? 1 : 0), 0),
  )

const numbers = z.array(z.array(z.number()))

const EmbedAnswer = z.strictObject({
  id: z.string(),
  embeddings: z.union([
    numbers,
    z.strictObject({
      float: numbers.optional(),
      int8: numbers.optional(),
      uint8: numbers.optional(),
      binary: numbers.optional(),
      ubinary: numbers.optional(),
      base64: z.array(z.base64()).optional(),
    }),
  ]),
  texts: z.array(z.string()),
  meta: z.strictObject({
    api_version: z.strictObject({ version: z.string() }),
    billed_units: z.strictObject({ input_tokens: z.int().min(0) }),
  }),
  response_type: z.enum(['embeddings_by_type', 'embeddings_floats']),
})
