import { EngineError } from '../../engine/index.ts'
import type { TensorSpec } from '../onnx/index.ts'
import { applyDense, type Dense } from './dense.ts'
import type { EncoderOutput, EncoderTask } from './encoder.ts'
import { entries, normalize, type Pooling, pool } from './pooling.ts'

/** What is made of a file's outputs. Structured-cloneable. */
export interface HeadOptions {
  readonly task: EncoderTask
  /** Of several, the vectors are put one behind the other. */
  readonly pooling: readonly Pooling[]
  /** Whether the pooling is somebody's wish: else what the file itself pools is taken, if it does. */
  readonly isPoolingAsked: boolean
  readonly dense: readonly Dense[]
  readonly normalize: boolean
  /** Of a language model, the tokens by which it says yes and no; absent: the model is none. */
  readonly answers?: Answers | undefined
}

/** Without a `no` the logit of `yes` alone is the score. Source: sentence-transformers' LogitScore. */
export interface Answers {
  readonly yes: number
  readonly no: number | undefined
}

/** One output of a file, and how a row of it becomes what is wanted of an input. */
export interface Head {
  readonly output: TensorSpec
  /**
   * @param values of the whole output, of that shape
   * @param row of the input
   * @param tokens of the input; what follows in its row is padding
   */
  read(values: Float32Array, shape: readonly number[], row: number, tokens: number): Float32Array
}

/** Names that exporters give to outputs, the likeliest first. */
const names = {
  /** [rows, length, width]: optimum's, transformers.js', the model builder's, colbert's. */
  tokens: ['token_embeddings', 'last_hidden_state', 'hidden_states', 'contextual', 'text_embeds'],
  /** [rows, width]: optimum's for sentence-transformers, CLIP's, bge-m3's. */
  vector: ['sentence_embedding', 'text_embeds', 'embeddings', 'dense_vecs'],
  /** [rows, length, vocabulary], or [rows, labels] of a classifier. */
  logits: ['logits', 'scores', 'output'],
}

/**
 * What can be wanted of inputs, and which of a file's outputs it is made of.
 *
 * @throws EngineError `bad_model` when the file has no outputs that such a model has
 */
export function headsOf(
  outputs: readonly TensorSpec[],
  file: string,
  options: HeadOptions,
): Partial<Record<EncoderOutput, Head>> {
  const floats = outputs.filter(({ type }) => type === 'float32' || type === 'float16')
  const find = (wanted: readonly string[], dimensions: number) =>
    wanted.flatMap((name) => floats.filter((spec) => spec.name === name && spec.shape.length === dimensions))[0]
  const missing = (what: string, remedy = '') => {
    const has = outputs.map(({ name, type, shape }) => `${name}: ${type}[${shape.join(',')}]`).join('; ')
    return new EngineError('bad_model', `${file} has no ${what}, but ${has}.${remedy}`)
  }
  if (options.answers) {
    const logits = find(names.logits, 3) ?? find(names.logits, 2)
    if (!logits) throw missing('logits of a language model')
    return { vector: answerHead(logits, options.answers) }
  }
  if (options.task === 'rerank') {
    const logits = find(names.logits, 2) ?? floats.find(({ shape }) => shape.length === 2)
    if (!logits) throw missing('logits of a classifier, [rows, labels]')
    return { vector: rowHead(logits) }
  }
  if (options.pooling.includes('SPLADE')) {
    const logits = find(names.logits, 3)
    if (!logits) throw missing('logits of a masked language model, [rows, length, vocabulary], which SPLADE is made of')
    const dense = pooledHead(logits, options)
    return { vector: dense, sparse: { ...dense, read: (...row) => entries(dense.read(...row)) } }
  }
  const isHidden = ({ name, shape }: TensorSpec) => shape.length === 3 && !names.logits.includes(name)
  const tokens = find(names.tokens, 3) ?? floats.find(isHidden)
  const pooled = options.isPoolingAsked || options.pooling.length === 0 ? undefined : find(names.vector, 2)
  const rows = pooled ?? (tokens ? undefined : floats.find(({ shape }) => shape.length === 2))
  const vector = rows ? rowHead(rows, options.normalize) : tokens && pooledHead(tokens, options)
  const remedy = find(names.logits, 3) ? ' For a SPLADE model set the option pooling: SPLADE.' : ''
  if (!vector) throw missing('vectors of tokens or texts', remedy)
  const isPooled = rows !== undefined || options.pooling.length > 0
  return { ...(isPooled && { vector }), ...(tokens && { tokens: tokensHead(tokens, options) }) }
}

/** A row as it is: a classifier's logits, or a vector that the file itself pools. */
const rowHead = (output: TensorSpec, normalizes = false): Head => ({
  output,
  read(values, [, width = 0], row) {
    const vector = values.slice(row * width, (row + 1) * width)
    return normalizes ? normalize(vector) : vector
  },
})

const pooledHead = (output: TensorSpec, { pooling, dense, normalize: normalizes }: HeadOptions): Head => ({
  output,
  read(values, [, length = 0, width = 0], row, tokens) {
    const pooled = joined(pooling.map((each) => pool(values, row * length * width, tokens, width, each)))
    const vector = dense.reduce(applyDense, pooled)
    return normalizes ? normalize(vector) : vector
  },
})

/** What stands behind a pooling is for what it makes; without one, as in ColBERT's models, it is for each token. */
const tokensHead = (output: TensorSpec, { pooling, dense, normalize: normalizes }: HeadOptions): Head => ({
  output,
  read(values, [, length = 0, width = 0], row, tokens) {
    const start = row * length * width
    if (pooling.length > 0) return values.slice(start, start + tokens * width)
    const vectors = Array.from({ length: tokens }, (_, token) => {
      const vector = dense.reduce(applyDense, values.slice(start + token * width, start + (token + 1) * width))
      return normalizes ? normalize(vector) : vector
    })
    return joined(vectors)
  },
})

/** [1]: by how much the logit of yes is above the one of no, where the text ends. */
const answerHead = (output: TensorSpec, { yes, no }: Answers): Head => ({
  output,
  read(values, shape, row, tokens) {
    const [length, vocabulary] = shape.length === 3 ? [shape[1]!, shape[2]!] : [1, shape[1]!]
    const last = (row * length + (shape.length === 3 ? tokens - 1 : 0)) * vocabulary
    return Float32Array.of(values[last + yes]! - (no === undefined ? 0 : values[last + no]!))
  },
})

function joined(vectors: readonly Float32Array[]): Float32Array {
  if (vectors.length === 1) return vectors[0]!
  const all = new Float32Array(vectors.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const vector of vectors) {
    all.set(vector, at)
    at += vector.length
  }
  return all
}
