import { EngineError } from '../../engine/index.ts'

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

/** A vector as JSON has it. Fifteen times as fast as spreading it, which makes an object of each step. */
export function toNumbers(vector: Float32Array): readonly number[] {
  const numbers = new Array<number>(vector.length)
  for (let i = 0; i < vector.length; i++) numbers[i] = vector[i]!
  return numbers
}

/** Typed arrays are little-endian on every machine that Node runs on. */
export const toBase64 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
