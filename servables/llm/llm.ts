import type { ThinkingLimit } from '../answer-format/index.ts'
import type { GrammarSpec } from '../grammar/index.ts'
import type { BeamParams } from './beam-search.ts'

/** How far ahead a request lets guess. What is absent is as usual. */
export interface GuessLimits {
  /** Tokens at once. */
  readonly tokens?: number | undefined
  /** Last tokens of a text, at most, that are looked for further up in it. */
  readonly ngramSize?: number | undefined
  /** In (0, 1]: a draft model guesses on as long as it holds its tokens for that likely, and not a number of them. */
  readonly confidence?: number | undefined
}

/** What counts as an answer that repeats itself: at its end the same tokens, so many in a row, so often. */
export interface Repetition {
  readonly minSize: number
  readonly maxSize: number
  readonly count: number
}

/** How one request's tokens are chosen, and when it ends. Values are checked before they come here. */
export interface SamplingParams {
  /** Answers for each prompt. */
  readonly n: number
  /** Above `n`: so many answers are made, and their steps have logprobs, for the `n` best to be chosen from. Else absent. */
  readonly bestOf?: number | undefined
  /** The answers are the `n` best of a beam search: nothing is drawn, and all steps come once all are found. */
  readonly beamSearch?: Omit<BeamParams, 'answers'> | undefined
  /** New tokens at most; undefined: generation_config.json's max_new_tokens, but no more than the model's length allows. */
  readonly maxTokens: number | undefined
  /** New tokens at most where `maxTokens` is undefined, if the model's length allows so many; absent: generation_config.json's. */
  readonly usualTokens?: number | undefined
  /** 0: greedy. */
  readonly temperature: number
  /** In (0, 1]; 1: off. */
  readonly topP: number
  /** 0: off. */
  readonly topK: number
  /** In [0, 1); 0: off. */
  readonly minP: number
  /** In (0, 1]; 1 or absent: off. */
  readonly typicalP?: number | undefined
  /** Above 0; 1 or absent: off. Over the tokens of prompt and answer. */
  readonly repetitionPenalty?: number | undefined
  /** In [-2, 2]; 0 or absent: off. Over the answer's tokens, as the next one. */
  readonly presencePenalty?: number | undefined
  readonly frequencyPenalty?: number | undefined
  /** Added to the logits of tokens. */
  readonly logitBias?: readonly (readonly [token: number, bias: number])[] | undefined
  /** How many tokens in a row a text, the prompt's too, has once at most; 0 or absent: off. */
  readonly noRepeatNgram?: number | undefined
  /** How long an answer may reason; absent: as long as it likes. */
  readonly thinking?: ThinkingLimit | undefined
  /** Answers that repeat themselves end with `repetition`; absent: they go on. */
  readonly repetition?: Repetition | undefined
  /** Texts that answers must not have, as one word behind others or as the first. */
  readonly badWords?: readonly string[] | undefined
  /** The only tokens of which answers are made. Not empty. */
  readonly allowedTokens?: readonly number[] | undefined
  /** New tokens before any may end an answer, or stop strings are looked for. */
  readonly minTokens?: number | undefined
  /** Tokens that end an answer beside the model's own, also with `ignoreEos`. */
  readonly stopTokens?: readonly number[] | undefined
  /** How many of the likeliest tokens are told with each step; undefined: steps have no logprobs. */
  readonly logprobs?: number | undefined
  /** Tokens that are told in place of the likeliest. */
  readonly logprobTokens?: readonly number[] | undefined
  /** The same of the prompt's tokens; they come with the first step. */
  readonly promptLogprobs?: number | undefined
  /** Undefined: drawn at admission. Choice c of a request draws as if its seed were its own. */
  readonly seed: number | undefined
  /** Texts that end an answer; matched by the detokenizer, which drops the choice. */
  readonly stop: readonly string[]
  /** Also the token of `stopTokens` that ended the answer is then told. */
  readonly includeStopInOutput: boolean
  /** Whether end-of-sequence tokens are ordinary ones. */
  readonly ignoreEos: boolean
  /** What every answer has to look like. It ends where its grammar does, also with `ignoreEos`. */
  readonly grammar?: GrammarSpec | undefined
  /** The field of the request that the grammar comes from: what a refusal of it names. */
  readonly grammarField?: string | undefined
  /** The field of the request that the prompts come from: what a refusal of a prompt names. */
  readonly promptField: 'messages' | 'prompt' | 'input'
  /** Of answers that wait, those with lower values start first, however late they come; 0 if absent. */
  readonly priority?: number | undefined
  /** Prompts share what is kept of their beginnings only with prompts of the same salt; absent: with those without one. */
  readonly cacheSalt?: string | undefined
  /** How far ahead to guess, where the model is guessed for; answers are the same. Absent: as usual there. */
  readonly guessing?: GuessLimits | undefined
  /** Whether special tokens are left out of the text; absent: the graph says. */
  readonly skipSpecialTokens?: boolean | undefined
  /** Special tokens that are not left out: what reads the text needs them. */
  readonly shownTokens?: readonly string[] | undefined
  /** Whether the detokenizer tells the tokens of its texts. */
  readonly returnTokens?: boolean | undefined
}

/**
 * How likely the model held a token, and which it held likeliest: natural logarithms of the model's own distribution, before
 * bias, penalties, masks, temperature and filters (vLLM's `raw_logprobs`).
 */
export interface TokenLogprobs {
  readonly token: number
  readonly logprob: number
  /** 1: no token was likelier. */
  readonly rank: number
  /** The likeliest first. */
  readonly top: readonly (readonly [token: number, logprob: number])[]
}

/** Why an answer ended: an end-of-sequence token or a stop string; max_tokens or the model's length; or that it repeats itself. */
export type FinishReason = 'stop' | 'length' | 'repetition'

/** One token of one choice. */
export interface Step {
  /** Counts all answers of the request: prompt index × n + answer index; with `bestOf` in place of n, if there is one. */
  readonly choice: number
  /** Undefined on a last step that only ends the choice, as an end-of-sequence token does: it is not told. */
  readonly token: number | undefined
  readonly finish: FinishReason | undefined
  /** Which of `stopTokens` ended the choice, if one did. */
  readonly stopToken?: number | undefined
  /** How many tokens of the prompt were found computed in the prefix cache; the same on all steps of a choice. 0 if absent. */
  readonly cachedTokens?: number
  /** Of the token, if the request asked. */
  readonly logprobs?: TokenLogprobs | undefined
  /** Of the prompt's tokens but the first, on the choice's first step, if the request asked. */
  readonly promptLogprobs?: readonly TokenLogprobs[] | undefined
  /** Says that nobody wants more of this choice: it leaves the batch within a step. */
  drop(): void
}

type DefaultParams = 'temperature' | 'topP' | 'topK' | 'minP' | 'typicalP' | 'repetitionPenalty' | 'maxTokens'

/** Steps of one choice that have come together, in their order: one at least. */
export type Steps = readonly [Step, ...Step[]]

/** A loaded language model: a continuously batched stream of steps for every request. */
export interface Llm {
  readonly name: string
  /** Prompt and answer together, in tokens. */
  readonly maxModelLength: number
  readonly vocabularySize: number
  /** Another whenever the model's files or its options are other ones, and answers may be. */
  readonly fingerprint?: string | undefined
  /** What generation_config.json sets; request fields win over it. */
  readonly defaults: Partial<Pick<SamplingParams, DefaultParams>>
  /**
   * Throws `context_length_exceeded` when a prompt of so many tokens can never be answered. `isLeast`: it may have more, as far
   * as is known without tokenizing it.
   */
  checkLength(tokens: number, params: SamplingParams, isLeast?: boolean): void
  /**
   * Finds out whether a text that has come to the end of its grammar is what that says.
   *
   * @throws EngineError `invalid_output`: a fault of ours
   */
  checkText(grammar: GrammarSpec, text: string): void
  /**
   * Answers every prompt (token ids) `n` times, or `bestOf` times. A prompt that can never fit throws `context_length_exceeded`
   * before the first step. Aborting the signal, or leaving the loop, frees the rows one step later. A restart of the model's host
   * is not seen here: the stream goes on.
   */
  generate(prompts: readonly (readonly number[])[], params: SamplingParams, signal: AbortSignal): AsyncIterable<Steps>
}
