/** How a text's vector is made of its tokens'. Source: sentence-transformers' Pooling. */
export type Pooling = 'CLS' | 'MEAN' | 'LAST' | 'MAX' | 'MEAN_SQRT_LEN'

/**
 * One vector for each row of a batch.
 *
 * @param hidden [rows, length, width] float32, rows filled up on the right
 * @param lengths tokens of each row
 */
export function pool(
  hidden: Float32Array,
  length: number,
  width: number,
  lengths: readonly number[],
  pooling: Pooling,
): Float32Array[] {
  return lengths.map((tokens, row) => poolRow(hidden, row * length * width, tokens, width, pooling))
}

function poolRow(hidden: Float32Array, start: number, tokens: number, width: number, pooling: Pooling): Float32Array {
  switch (pooling) {
    case 'CLS':
      return hidden.slice(start, start + width)
    case 'LAST':
      return hidden.slice(start + (tokens - 1) * width, start + tokens * width)
    case 'MEAN':
      return sum(hidden, start, tokens, width).map((value) => value / tokens)
    case 'MEAN_SQRT_LEN':
      return sum(hidden, start, tokens, width).map((value) => value / Math.sqrt(tokens))
    case 'MAX':
      return greatest(hidden, start, tokens, width)
  }
}

/** Summed in float64, so that the order of a batch's rows is all that there is to it. */
function sum(hidden: Float32Array, start: number, tokens: number, width: number): Float32Array {
  const total = new Float64Array(width)
  for (let token = 0, at = start; token < tokens; token++) {
    for (let element = 0; element < width; element++, at++) total[element]! += hidden[at]!
  }
  return Float32Array.from(total)
}

function greatest(hidden: Float32Array, start: number, tokens: number, width: number): Float32Array {
  const most = hidden.slice(start, start + width)
  for (let token = 1, at = start + width; token < tokens; token++) {
    for (let element = 0; element < width; element++, at++) most[element] = Math.max(most[element]!, hidden[at]!)
  }
  return most
}

/** The vector at length 1; one of length 0 stays as it is. */
export function normalize(vector: Float32Array): Float32Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const norm = Math.sqrt(squares)
  return norm === 0 ? vector : vector.map((value) => value / norm)
}
