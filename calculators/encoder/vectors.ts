/** The first elements, at the length 1: what Matryoshka embeddings are trained for. Source: OpenAI's guide to embeddings. */
export function shorten(vector: Float32Array, dimensions: number): Float32Array {
  const beginning = vector.subarray(0, dimensions)
  const norm = Math.sqrt(beginning.reduce((sum, value) => sum + value * value, 0))
  return norm === 0 ? beginning : beginning.map((value) => value / norm)
}

/** Typed arrays are little-endian on every machine that Node runs on. */
export const toBase64 = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')
