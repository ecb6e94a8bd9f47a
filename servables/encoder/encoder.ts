/** One text, or a pair of texts, as token ids with those that the model wants around it. */
export interface EncoderInput {
  readonly ids: readonly number[]
  /** Which of two texts each token belongs to, 0 or 1; absent: all to the first. */
  readonly typeIds?: readonly number[] | undefined
}

/** What an encoder's vectors are: one for each text, or what a classifier says of it before any sigmoid or softmax. */
export type EncoderTask = 'embeddings' | 'rerank'

/** A loaded encoder. What requests ask at the same time is computed together, and the answers are as if each were alone. */
export interface Encoder {
  readonly name: string
  /** Tokens of one input at most. */
  readonly maxLength: number
  /** Whether longer inputs are cut, unless a request says. */
  readonly truncate: boolean
  readonly vocabularySize: number
  /** Elements of a vector: the dimensions of an embedding, or a classifier's labels. */
  readonly width: number
  /** A classifier's labels, in the order of a vector's elements; empty for embeddings. */
  readonly labels: readonly string[]
  /** What is put before texts, by the use that they are for: `query`, `document`; from config_sentence_transformers.json. */
  readonly prompts: Readonly<Record<string, string>>
  /**
   * A vector of float32 for each input, in their order. Aborting the signal takes back what has not been computed.
   *
   * @throws EngineError `overloaded` when too many tokens wait already; `internal` when the model answers with no numbers
   */
  encode(inputs: readonly EncoderInput[], signal: AbortSignal): Promise<readonly Float32Array[]>
}
