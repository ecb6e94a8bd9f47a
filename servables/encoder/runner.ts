import { EngineError } from '../../engine/index.ts'
import { widen } from '../half-floats.ts'
import { type OnnxSession, Tensor, type TensorSpec } from '../onnx/index.ts'
import { LOGITS_POSITIONS } from '../onnx-file/index.ts'
import { type EncoderInput, type EncoderOutput, encoderOutputs } from './encoder.ts'
import { type Head, type HeadOptions, headsOf } from './heads.ts'

/** What the host makes vectors of. Structured-cloneable. */
export interface RunnerOptions extends HeadOptions {
  readonly padToken: number
  /** Of the cache, for decoders whose file leaves it open. */
  readonly past: PastShape
  /** The adapter of inputs of which nothing is said, for models that have some. */
  readonly defaultTask: number
}

/** Heads of keys and values, and elements of each. */
export interface PastShape {
  readonly heads: number
  readonly size: number
}

type Feed = (batch: readonly EncoderInput[], length: number) => Tensor

/** An encoder's ONNX file in use: batches of inputs to vectors. */
export class EncoderRunner {
  readonly #session: OnnxSession
  readonly #options: RunnerOptions
  readonly #feeds: Readonly<Record<string, Feed>>
  readonly #heads: Partial<Record<EncoderOutput, Head>>

  /** @throws EngineError `bad_model` when the file has inputs or outputs that no encoder has */
  constructor(session: OnnxSession, options: RunnerOptions) {
    this.#session = session
    this.#options = options
    this.#feeds = Object.fromEntries(session.inputs.map((spec) => [spec.name, this.#feedOf(spec)]))
    this.#heads = headsOf(session.outputs, session.file, options)
  }

  /** What can be wanted of inputs. */
  get outputs(): readonly EncoderOutput[] {
    return encoderOutputs.filter((output) => this.#heads[output])
  }

  /** Whether inputs are for one of several tasks. */
  get hasTasks(): boolean {
    return 'task_id' in this.#feeds
  }

  /** Elements that the file answers for each token of a batch, as wide as a vocabulary where it gives logits. */
  get elementsPerToken(): number {
    const shapes = Object.values(this.#heads).map(({ output }) => output.shape)
    return Math.max(1, ...shapes.map((shape) => (shape.length === 3 ? Number(shape[2]) || 1 : 1)))
  }

  /** Runs once, and tells how many elements a text's vector has, or a token's where there is none of the text. */
  async warmUp(): Promise<number> {
    const { padToken } = this.#options
    const output = this.#heads.vector ? 'vector' : 'tokens'
    const [vector] = await this.run([{ ids: [padToken, padToken], output }])
    return output === 'vector' ? vector!.length : vector!.length / 2
  }

  /** What is wanted of each input of the batch, which is filled up on the right to its longest. */
  async run(batch: readonly EncoderInput[]): Promise<readonly Float32Array[]> {
    if (!this.hasTasks) return this.#runTogether(batch)
    // A run is for one task.
    const vectors: Float32Array[] = []
    for (const task of new Set(batch.map((input) => this.#taskOf(input)))) {
      const rows = [...batch.keys()].filter((row) => this.#taskOf(batch[row]!) === task)
      const some = await this.#runTogether(rows.map((row) => batch[row]!))
      for (const [index, row] of rows.entries()) vectors[row] = some[index]!
    }
    return vectors
  }

  async #runTogether(batch: readonly EncoderInput[]): Promise<readonly Float32Array[]> {
    const length = Math.max(...batch.map(({ ids }) => ids.length))
    const heads = batch.map((input) => this.#headOf(input))
    const feeds = Object.fromEntries(Object.entries(this.#feeds).map(([name, feed]) => [name, feed(batch, length)]))
    let outputs: Readonly<Record<string, Tensor>> = {}
    try {
      outputs = await this.#session.runAllocating(feeds, [...new Set(heads.map(({ output }) => output.name))])
      return this.#vectors(outputs, batch, heads)
    } finally {
      for (const tensor of [...Object.values(outputs), ...Object.values(feeds)]) tensor.dispose()
    }
  }

  #vectors(outputs: Readonly<Record<string, Tensor>>, batch: readonly EncoderInput[], heads: readonly Head[]): Float32Array[] {
    const shown = new Map(
      Object.entries(outputs).map(([name, { data, shape, type }]) => [name, { shape, values: widened(data, type) }]),
    )
    return batch.map(({ ids }, row) => {
      const { output, read } = heads[row]!
      const { shape, values } = shown.get(output.name)!
      if (shape[0] !== batch.length)
        throw new EngineError('internal', `${this.#session.file} answered ${shape[0]} rows, not ${batch.length}`)
      return read(values, shape, row, ids.length)
    })
  }

  #headOf({ output = 'vector' }: EncoderInput): Head {
    const head = this.#heads[output]
    if (head) return head
    throw new EngineError('internal', `${this.#session.file} makes ${this.outputs.join(', ')}; asked was ${output}`)
  }

  #taskOf({ task }: EncoderInput): number {
    return task ?? this.#options.defaultTask
  }

  /** The table of inputs that encoders have. */
  #feedOf(spec: TensorSpec): Feed {
    const { padToken } = this.#options
    switch (spec.name) {
      case 'input_ids':
        return this.#perToken(spec, ({ ids }, index) => ids[index] ?? padToken)
      case 'attention_mask':
        return this.#perToken(spec, ({ ids, attended = ids.length }, index) => (index < attended ? 1 : 0))
      case 'token_type_ids':
        return this.#perToken(spec, ({ typeIds }, index) => typeIds?.[index] ?? 0)
      case 'position_ids':
        return this.#perToken(spec, ({ ids }, index) => (index < ids.length ? index : 0))
      case 'task_id':
        return ([input]) =>
          Tensor.over('int64', spec.shape.length === 0 ? [] : [1], BigInt64Array.of(BigInt(this.#taskOf(input!))))
      case 'use_cache_branch':
        return () => Tensor.over('bool', [1], Uint8Array.of(0))
      case LOGITS_POSITIONS:
        return (batch) => Tensor.over('int64', [batch.length, 2], lastPositions(batch))
    }
    if (/^past_key_values\.\d+\.(key|value)$/.test(spec.name)) return emptyPast(spec, this.#options.past)
    throw new EngineError('bad_model', `${this.#session.file} wants an input ${spec.name}, which no encoder has.`)
  }

  #perToken({ name, type }: TensorSpec, valueAt: (input: EncoderInput, index: number) => number): Feed {
    if (type !== 'int64' && type !== 'int32') {
      throw new EngineError('bad_model', `${this.#session.file} wants ${name} as ${type}; int64 and int32 are supported.`)
    }
    return (batch, length) => {
      // Values are small and not negative, so the lower half of a little-endian int64 is all that is written of it.
      const step = type === 'int64' ? 2 : 1
      const values = new Int32Array(batch.length * length * step)
      for (const [row, input] of batch.entries()) {
        for (let index = 0, at = row * length * step; index < length; index++, at += step) values[at] = valueAt(input, index)
      }
      const shape = [batch.length, length]
      return type === 'int64' ? Tensor.over(type, shape, new BigInt64Array(values.buffer)) : Tensor.over(type, shape, values)
    }
  }
}

/** Decoders that were exported with their cache start with none. */
function emptyPast({ type, shape: [, heads, , size] }: TensorSpec, past: PastShape): Feed {
  const sizes = (rows: number) => [rows, Number(heads) || past.heads, 0, Number(size) || past.size]
  if (type === 'float16') return (batch) => Tensor.over(type, sizes(batch.length), new Uint16Array(0))
  return (batch) => Tensor.over('float32', sizes(batch.length), new Float32Array(0))
}

/** Row and position of each input's end. */
const lastPositions = (batch: readonly EncoderInput[]) =>
  BigInt64Array.from(
    batch.flatMap(({ ids }, row) => [row, ids.length - 1]),
    BigInt,
  )

function widened(data: Tensor['data'], type: string): Float32Array {
  if (data instanceof Float32Array) return data
  if (type === 'float16' && data instanceof Uint16Array) return widen(data, new Float32Array(data.length))
  throw new EngineError('internal', `an encoder's output of type ${type}`)
}
