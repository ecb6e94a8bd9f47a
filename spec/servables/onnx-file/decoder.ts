import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OnnxSession, Tensor } from '../../../servables/onnx/index.ts'
import { LOGITS_POSITIONS } from '../../../servables/onnx-file/index.ts'

/** A file's path in the fixtures. */
export const fixture = (...path: string[]): string => join(import.meta.dirname, '../../fixtures/models', ...path)

/** Heads and their size, from a model's config.json. */
const headsOf = (directory: string): { readonly heads: number; readonly size: number; readonly vocabulary: number } => {
  const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'))
  const size = config.head_dim ?? config.hidden_size / config.num_attention_heads
  return { heads: config.num_key_value_heads, size, vocabulary: config.vocab_size }
}

const integers = (values: readonly number[], shape: readonly number[]) =>
  Tensor.over('int64', shape, BigInt64Array.from(values, BigInt))

/** A pair for each wanted position: the row, and where in it. */
export type Positions = readonly (readonly [row: number, position: number])[]

/**
 * A language model with rows of cache in which GroupQueryAttention appends in place, as the in-place runner has them, without
 * anything around it.
 */
export class Decoder {
  readonly vocabulary: number
  readonly session: OnnxSession
  readonly #past: { readonly past: string; readonly present: string; readonly values: Float32Array }[]
  readonly #row: readonly [heads: number, capacity: number, size: number]

  private constructor(session: OnnxSession, directory: string, rows: number, capacity: number) {
    const { heads, size, vocabulary } = headsOf(directory)
    this.vocabulary = vocabulary
    this.session = session
    this.#row = [heads, capacity, size]
    const pasts = session.inputs.map(({ name }) => name).filter((name) => name.startsWith('past_key_values'))
    this.#past = pasts.map((past) => ({
      past,
      present: past.replace('past_key_values', 'present'),
      values: new Float32Array(rows * heads * capacity * size),
    }))
  }

  /** `directory` has the model's config.json. */
  static async open(file: string, directory: string, rows: number, capacity: number): Promise<Decoder> {
    return new Decoder(await OnnxSession.open(file, { threads: 2 }), directory, rows, capacity)
  }

  /**
   * The same number of new tokens for some rows from `first` on, whose lengths are then `lengths`. The logits: of the wanted
   * positions where the model asks for them, else of all.
   */
  async run(
    first: number,
    tokens: readonly (readonly number[])[],
    lengths: readonly number[],
    wanted: Positions,
  ): Promise<Float32Array> {
    const [rows, count] = [tokens.length, tokens[0]!.length]
    const width = Math.max(...lengths)
    const mask = lengths.flatMap((length) => Array.from({ length: width }, (_, index) => (index < length ? 1 : 0)))
    const picks = this.session.inputs.some(({ name }) => name === LOGITS_POSITIONS)
    const logits = new Float32Array((picks ? wanted.length : rows * count) * this.vocabulary)
    const feeds: Record<string, Tensor> = {
      input_ids: integers(tokens.flat(), [rows, count]),
      attention_mask: integers(mask, [rows, width]),
      ...(picks ? { [LOGITS_POSITIONS]: integers(wanted.flat(), [wanted.length, 2]) } : {}),
    }
    const shape = picks ? [wanted.length, this.vocabulary] : [rows, count, this.vocabulary]
    const fetches: Record<string, Tensor> = { logits: Tensor.over('float32', shape, logits) }
    const [heads, capacity, size] = this.#row
    const elements = heads * capacity * size
    for (const { past, present, values } of this.#past) {
      const part = values.subarray(first * elements, (first + rows) * elements)
      feeds[past] = Tensor.over('float32', [rows, heads, capacity, size], part)
      fetches[present] = feeds[past]!
    }
    await this.session.run(feeds, fetches)
    for (const tensor of [...Object.values(feeds), fetches.logits!]) tensor.dispose()
    return logits
  }

  /** Computes a prompt in one row, cut into chunks; the logits of its last position. */
  async prefill(row: number, prompt: readonly number[], chunks: readonly number[] = [prompt.length]): Promise<Float32Array> {
    let [done, logits] = [0, new Float32Array()]
    for (const chunk of chunks) {
      const all = await this.run(row, [prompt.slice(done, done + chunk)], [done + chunk], [[0, chunk - 1]])
      logits = all.slice(-this.vocabulary)
      done += chunk
    }
    return logits
  }

  dispose(): Promise<void> {
    return this.session.dispose()
  }
}

/** The logits [positions, vocabulary] of one whole prompt, by any export, with nothing cached before it. */
export async function wholeLogits(
  file: string,
  directory: string,
  tokens: readonly number[],
  wanted: Positions,
): Promise<Float32Array> {
  const session = await OnnxSession.open(file, { threads: 2 })
  const { heads, size } = headsOf(directory)
  const count = tokens.length
  const known: Record<string, () => Tensor> = {
    input_ids: () => integers(tokens, [1, count]),
    attention_mask: () => integers(new Array<number>(count).fill(1), [1, count]),
    position_ids: () => integers([...tokens.keys()], [1, count]),
    [LOGITS_POSITIONS]: () => integers(wanted.flat(), [wanted.length, 2]),
  }
  const empty = () => Tensor.over('float32', [1, heads, 0, size], new Float32Array(0))
  const feeds = Object.fromEntries(session.inputs.map(({ name }) => [name, (known[name] ?? empty)()]))
  try {
    const { logits } = await session.runAllocating(feeds, ['logits'])
    const values = (logits!.data as Float32Array).slice()
    logits!.dispose()
    return values
  } finally {
    for (const tensor of Object.values(feeds)) tensor.dispose()
    await session.dispose()
  }
}

/** A prompt of so many tokens, like no other of another seed. */
export const promptOf = (length: number, seed: number): readonly number[] =>
  Array.from({ length }, (_, index) => 3 + ((index * 37 + seed * 101 + ((index * seed) % 7)) % 480))

export const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length &&
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))

export const argmax = (values: Float32Array): number =>
  values.indexOf(values.reduce((best, value) => Math.max(best, value), -Infinity))
