import { calculator, latest } from '../../engine/index.ts'
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
  },
  ({ outputs }) => ({
    process({ VECTORS, REQUEST, TOKENS }) {
      const { model, encoding, dimensions } = REQUEST.value
      const format = encoding === 'base64' ? toBase64 : (vector: Float32Array) => [...vector]
      const data = VECTORS.value.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: format(dimensions === undefined ? vector : shorten(vector, dimensions)),
      }))
      const tokens = countTokens(TOKENS.value)
      outputs.OBJECT.send({ data: { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } } })
    },
  }),
)

/** The first elements, at the length 1: what Matryoshka embeddings are trained for. Source: OpenAI's guide to embeddings. */
export function shorten(vector: Float32Array, dimensions: number): Float32Array {
  const beginning = vector.subarray(0, dimensions)
  const norm = Math.sqrt(beginning.reduce((sum, value) => sum + value * value, 0))
  return norm === 0 ? beginning : beginning.map((value) => value / norm)
}

/** Typed arrays are little-endian on every machine that Node runs on. */
const toBase64 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
