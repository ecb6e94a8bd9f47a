/** How a text's vector is made of its tokens'. Sources: sentence-transformers' Pooling and SpladePooling. */
export type Pooling = 'CLS' | 'MEAN' | 'LAST' | 'MAX' | 'MEAN_SQRT_LEN' | 'WEIGHTED_MEAN' | 'SPLADE'

/**
 * The vector of one text. SPLADE's tokens have the logits of a masked language model.
 *
 * @param hidden of all tokens, [rows × length × width] float32
 * @param start where the text's first token begins there
 * @param tokens how many it has; what follows may be padding
 */
export function pool(hidden: Float32Array, start: number, tokens: number, width: number, pooling: Pooling): Float32Array {
  switch (pooling) {
    case 'CLS':
      return hidden.slice(start, start + width)
    case 'LAST':
      return hidden.slice(start + (tokens - 1) * width, start + tokens * width)
    case 'MEAN':
      return sum(hidden, start, tokens, width).map((value) => value / tokens)
    case 'MEAN_SQRT_LEN':
      return sum(hidden, start, tokens, width).map((value) => value / Math.sqrt(tokens))
    case 'WEIGHTED_MEAN':
      return sum(hidden, start, tokens, width, (token) => token + 1).map((value) => value / ((tokens * (tokens + 1)) / 2))
    case 'MAX':
      return greatest(hidden, start, tokens, width)
    case 'SPLADE':
      // The logarithm grows with the logit, so the greatest logit has the greatest one.
      return greatest(hidden, start, tokens, width).map((logit) => Math.log1p(Math.max(0, logit)))
  }
}

/** Summed in float64, so that the order of a batch's rows is all that there is to it. */
function sum(hidden: Float32Array, start: number, tokens: number, width: number, weigh = (_token: number) => 1): Float32Array {
  const total = new Float64Array(width)
  for (let token = 0, at = start; token < tokens; token++) {
    const weight = weigh(token)
    for (let element = 0; element < width; element++, at++) total[element]! += weight * hidden[at]!
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

/** The elements that are not 0: the index and the value of each in turn, by index. Numbers below 2²⁴ are exact in float32. */
export function entries(vector: Float32Array): Float32Array {
  const found: number[] = []
  for (const [index, value] of vector.entries()) if (value !== 0) found.push(index, value)
  return Float32Array.from(found)
}
