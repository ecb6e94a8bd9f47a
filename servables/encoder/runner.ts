import { EngineError } from '../../engine/index.ts'
import { widen } from '../half-floats.ts'
import { type OnnxSession, Tensor, type TensorSpec } from '../onnx/index.ts'
import { applyDense, type Dense } from './dense.ts'
import type { EncoderInput, EncoderTask } from './encoder.ts'
import { normalize, type Pooling, pool } from './pooling.ts'

/** What the host makes vectors of. Structured-cloneable. */
export interface RunnerOptions {
  readonly task: EncoderTask
  readonly padToken: number
  readonly pooling: readonly Pooling[]
  readonly dense: readonly Dense[]
  readonly normalize: boolean
}

type Feed = (batch: readonly EncoderInput[], length: number) => Tensor

/** An encoder's ONNX file in use: batches of inputs to vectors. */
export class EncoderRunner {
  readonly #session: OnnxSession
  readonly #options: RunnerOptions
  readonly #feeds: Readonly<Record<string, Feed>>
  readonly #output: TensorSpec

  /** @throws EngineError `bad_model` when the file has inputs or outputs that no encoder has */
  constructor(session: OnnxSession, options: RunnerOptions) {
    this.#session = session
    this.#options = options
    this.#feeds = Object.fromEntries(session.inputs.map((spec) => [spec.name, this.#feedOf(spec)]))
    this.#output = this.#findOutput()
  }

  /** A vector for each input of the batch, which is filled up on the right to its longest. */
  async run(batch: readonly EncoderInput[]): Promise<readonly Float32Array[]> {
    const length = Math.max(...batch.map(({ ids }) => ids.length))
    const feeds = Object.fromEntries(Object.entries(this.#feeds).map(([name, feed]) => [name, feed(batch, length)]))
    let output: Tensor | undefined
    try {
      output = (await this.#session.runAllocating(feeds, [this.#output.name]))[this.#output.name]!
      return this.#vectors(output, batch)
    } finally {
      output?.dispose()
      for (const tensor of Object.values(feeds)) tensor.dispose()
    }
  }

  #vectors(output: Tensor, batch: readonly EncoderInput[]): readonly Float32Array[] {
    const { task, pooling, dense, normalize: normalizes } = this.#options
    const values = toFloat32(output)
    const [rows = 0, length = 0, width = 0] = output.shape
    if (rows !== batch.length)
      throw new EngineError('internal', `${this.#session.file} answered ${rows} rows, not ${batch.length}`)
    if (output.shape.length === 2) {
      const vectors = batch.map((_, row) => values.slice(row * length, (row + 1) * length))
      return task === 'embeddings' && normalizes ? vectors.map(normalize) : vectors
    }
    const lengths = batch.map(({ ids }) => ids.length)
    const pooled = pooling.map((each) => pool(values, length, width, lengths, each))
    return batch.map((_, row) => {
      const vector = dense.reduce(applyDense, joined(pooled.map((vectors) => vectors[row]!)))
      return normalizes ? normalize(vector) : vector
    })
  }

  #feedOf(spec: TensorSpec): Feed {
    const { padToken } = this.#options
    switch (spec.name) {
      case 'input_ids':
        return this.#perToken(spec, ({ ids }, index) => ids[index] ?? padToken)
      case 'attention_mask':
        return this.#perToken(spec, ({ ids }, index) => (index < ids.length ? 1 : 0))
      case 'token_type_ids':
        return this.#perToken(spec, ({ typeIds }, index) => typeIds?.[index] ?? 0)
      case 'position_ids':
        return this.#perToken(spec, ({ ids }, index) => (index < ids.length ? index : 0))
      case 'task_id':
        return () => Tensor.over('int64', spec.shape.length === 0 ? [] : [1], new BigInt64Array(1))
    }
    if (/^past_key_values\.\d+\.(key|value)$/.test(spec.name) && spec.type === 'float32') return emptyPast(spec)
    throw new EngineError('bad_model', `${this.#session.file} wants an input ${spec.name}, which no encoder has.`)
  }

  #perToken({ name, type }: TensorSpec, valueAt: (input: EncoderInput, index: number) => number): Feed {
    if (type !== 'int64' && type !== 'int32') {
      throw new EngineError('bad_model', `${this.#session.file} wants ${name} as ${type}; int64 and int32 are supported.`)
    }
    return (batch, length) => {
      const shape = [batch.length, length]
      const values = batch.flatMap((input) => Array.from({ length }, (_, index) => valueAt(input, index)))
      return type === 'int64'
        ? Tensor.over(type, shape, BigInt64Array.from(values, BigInt))
        : Tensor.over(type, shape, Int32Array.from(values))
    }
  }

  /** The tokens' hidden states, else a vector that the file itself pools; of classifiers the logits. */
  #findOutput(): TensorSpec {
    const { outputs, file } = this.#session
    const wanted =
      this.#options.task === 'rerank' ? ['logits', 'scores'] : ['token_embeddings', 'last_hidden_state', 'sentence_embedding']
    const output = wanted.flatMap((name) => outputs.filter((spec) => spec.name === name))[0] ?? outputs[0]
    const isFloat = output?.type === 'float32' || output?.type === 'float16'
    if (output && isFloat && (output.shape.length === 2 || output.shape.length === 3)) return output
    const has = outputs.map(({ name, type, shape }) => `${name}: ${type}[${shape.join(',')}]`).join('; ')
    throw new EngineError('bad_model', `${file} has none of the outputs ${wanted.join(', ')}, but ${has}.`)
  }
}

/** Decoders that were exported with their cache start with none. */
function emptyPast({ shape }: TensorSpec): Feed {
  const [, heads, , size] = shape.map(Number)
  return (batch) => Tensor.over('float32', [batch.length, heads ?? 0, 0, size ?? 0], new Float32Array(0))
}

function toFloat32({ type, data }: Tensor): Float32Array {
  if (data instanceof Float32Array) return data
  if (type === 'float16' && data instanceof Uint16Array) return widen(data, new Float32Array(data.length))
  throw new EngineError('internal', `an encoder's output of type ${type}`)
}

function joined(vectors: readonly Float32Array[]): Float32Array {
  if (vectors.length === 1) return vectors[0]!
  return Float32Array.from(vectors.flatMap((vector) => [...vector]))
}
