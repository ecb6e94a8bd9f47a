/** How one request's tokens are chosen, and when it ends. Values are checked before they come here. */
export interface SamplingParams {
  /** Answers for each prompt. */
  readonly n: number
  /** New tokens at most; undefined: generation_config.json's max_new_tokens, but no more than the model's length allows. */
  readonly maxTokens: number | undefined
  /** 0: greedy. */
  readonly temperature: number
  /** In (0, 1]; 1: off. */
  readonly topP: number
  /** 0: off. */
  readonly topK: number
  /** In [0, 1); 0: off. */
  readonly minP: number
  /** Undefined: drawn at admission. Choice c of a request draws as if its seed were its own. */
  readonly seed: number | undefined
  /** Texts that end an answer; matched by the detokenizer, which drops the choice. */
  readonly stop: readonly string[]
  readonly includeStopInOutput: boolean
  /** Whether end-of-sequence tokens are ordinary ones. */
  readonly ignoreEos: boolean
  /** The field of the request that the prompts come from: what a refusal of a prompt names. */
  readonly promptField: 'messages' | 'prompt'
  /** Of answers that wait, those with lower values start first, however late they come; 0 if absent. */
  readonly priority?: number | undefined
  /** Prompts share what is kept of their beginnings only with prompts of the same salt; absent: with those without one. */
  readonly cacheSalt?: string | undefined
}

/** Why an answer ended: an end-of-sequence token or a stop string; or max_tokens or the model's length. */
export type FinishReason = 'stop' | 'length'

/** One token of one choice. */
export interface Step {
  /** Counts all answers of the request: prompt index × n + answer index. */
  readonly choice: number
  /** Undefined on a last step that only ends the choice, as an end-of-sequence token does: it is not told. */
  readonly token: number | undefined
  readonly finish: FinishReason | undefined
  /** How many tokens of the prompt were found computed in the prefix cache; the same on all steps of a choice. 0 if absent. */
  readonly cachedTokens?: number
  /** Says that nobody wants more of this choice: it leaves the batch within a step. */
  drop(): void
}

/** A loaded language model: a continuously batched stream of steps for every request. */
export interface Llm {
  readonly name: string
  /** Prompt and answer together, in tokens. */
  readonly maxModelLength: number
  readonly vocabularySize: number
  /** What generation_config.json sets; request fields win over it. */
  readonly defaults: Partial<Pick<SamplingParams, 'temperature' | 'topP' | 'topK' | 'minP' | 'maxTokens'>>
  /**
   * Answers every prompt (token ids) `n` times. A prompt that can never fit throws `context_length_exceeded` before the
   * first step. Aborting the signal, or leaving the loop, frees the rows one step later. A restart of the model's host
   * is not seen here: the stream goes on.
   */
  generate(prompts: readonly (readonly number[])[], params: SamplingParams, signal: AbortSignal): AsyncIterable<Step>
}
