import type { PairTemplate } from '../tokenizer/index.ts'

/** One text, or a pair of texts, as token ids with those that the model wants around it. */
export interface EncoderInput {
  readonly ids: readonly number[]
  /** Which of two texts each token belongs to, 0 or 1; absent: all to the first. */
  readonly typeIds?: readonly number[] | undefined
  /** How many of its tokens all of them see, the first ones; absent: all. */
  readonly attended?: number | undefined
  /** What is wanted of it; absent: `vector`. */
  readonly output?: EncoderOutput | undefined
  /** The place in the encoder's `tasks` of what it is for, for models with an adapter for each; absent: the model's usual one. */
  readonly task?: number | undefined
}

/** What an encoder's vectors are: one for each text, or what a classifier says of it before any sigmoid or softmax. */
export type EncoderTask = 'embeddings' | 'rerank'

/**
 * What can be wanted of an input, all as float32:
 * - `vector`: [width].
 * - `tokens`: [tokens × width], a vector for each token in turn, as ColBERT compares them.
 * - `sparse`: [entries × 2], the index in the vocabulary and the weight of each that is not 0 in turn, by index, as SPLADE has them.
 */
export const encoderOutputs = ['vector', 'tokens', 'sparse'] as const
export type EncoderOutput = (typeof encoderOutputs)[number]

/** What makes of a classifier's logits what it says: each between 0 and 1, all together 1, or as they are. */
export type Activation = 'sigmoid' | 'softmax' | 'identity'

/** What texts are filled up with, of whose tokens each has a vector. Source: ColBERT's query augmentation. */
export interface Filling {
  /** Tokens of a text that is filled up, with those around it. */
  readonly length: number
  readonly token: number
  /** Whether the others see those that fill up. */
  readonly isAttended: boolean
}

/** A loaded encoder. What requests ask at the same time is computed together, and the answers are as if each were alone. */
export interface Encoder {
  readonly name: string
  /** Tokens of one input at most. */
  readonly maxLength: number
  /** Whether longer inputs are cut, unless a request says. */
  readonly truncate: boolean
  readonly vocabularySize: number
  /** Elements of a vector, a text's or else a token's: the dimensions of an embedding, or a classifier's labels. */
  readonly width: number
  /** What can be wanted of inputs. */
  readonly outputs: readonly EncoderOutput[]
  /** A classifier's labels, in the order of a vector's elements; empty for embeddings. */
  readonly labels: readonly string[]
  /** What makes of a vector what a classifier says. */
  readonly activation: Activation
  /** What is put before texts, by the use that they are for: `query`, `document`; from config_sentence_transformers.json. */
  readonly prompts: Readonly<Record<string, string>>
  /** The name of the prompt, or the task, of texts of which nothing is said. */
  readonly defaultPrompt: string | undefined
  /** With what queries are filled up; absent: they are not. */
  readonly queryFilling?: Filling | undefined
  /** What the model has adapters for: `retrieval.query`, …; empty: it has none. */
  readonly tasks: readonly string[]
  /** Absent: pairs are for the tokenizer to write. */
  readonly pairTemplate?: PairTemplate | undefined
  /** Pieces that the documents of one request may be cut into. */
  readonly maxChunks: number
  /**
   * What is wanted of each input, in their order. Aborting the signal takes back what has not been computed.
   *
   * @throws EngineError `overloaded` when too many tokens wait already; `internal` when the model answers with no numbers
   */
  encode(inputs: readonly EncoderInput[], signal: AbortSignal): Promise<readonly Float32Array[]>
}
