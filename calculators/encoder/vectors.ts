import { EngineError } from '../../engine/index.ts'
import type { Unsupported } from '../openai/index.ts'

/** The first elements, at the length 1: what Matryoshka embeddings are trained for. Source: OpenAI's guide to embeddings. */
export const shorten = (vector: Float32Array, dimensions: number) => atUnitLength(vector.subarray(0, dimensions))

/** A vector at the length 1; one of length 0 stays as it is, and so to the bit does one that has it already. */
export function atUnitLength(vector: Float32Array): Float32Array {
  const squares = vector.reduce((sum, value) => sum + value * value, 0)
  if (squares === 0 || Math.abs(squares - 1) < 1e-6) return vector
  const norm = Math.sqrt(squares)
  return vector.map((value) => value / norm)
}

/** Throws `invalid_value` when a request asks for more elements than the model's vectors have; `param` is its field. */
export function checkDimensions(dimensions: number | undefined, width: number, param: string): void {
  if (dimensions === undefined || dimensions <= width) return
  const message = `${param} must be at most ${width}, which this model's vectors have; got ${dimensions}.`
  throw new EngineError('invalid_value', message, { param })
}

/** What of a text has a vector for each token, one behind the other, as a list of them. */
export function rowsOf(vectors: Float32Array, rows: number): readonly Float32Array[] {
  const width = vectors.length / rows
  return Array.from({ length: rows }, (_, row) => vectors.subarray(row * width, (row + 1) * width))
}

/** One behind the other. */
export function joined(vectors: readonly Float32Array[]): Float32Array {
  const width = vectors[0]?.length ?? 0
  const all = new Float32Array(vectors.length * width)
  for (const [row, vector] of vectors.entries()) all.set(vector, row * width)
  return all
}

/** Typed arrays are little-endian on every machine that Node runs on. */
export const toBase64 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')

/** vLLM's fields for elements of other types: there are none. */
export const floatsAlone: Unsupported = {
  embed_dtype: { why: 'Elements are float32.', neutral: ['float32'] },
  endianness: { why: 'Elements are little-endian.', neutral: ['little', 'native'] },
}
