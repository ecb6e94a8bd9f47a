import { endOfThinking, type ThinkingBudget } from './thinking.ts'

/** What a request changes of the logits before tokens are filtered and drawn. What is absent changes nothing. */
export interface Adjustments {
  /** Added to the logits of these tokens. */
  readonly logitBias?: readonly (readonly [token: number, bias: number])[] | undefined
  /** Above 0. Logits of the tokens of prompt and answer are divided by it; multiplied, where they are negative. */
  readonly repetitionPenalty?: number | undefined
  /** Subtracted from the logits of the answer's tokens. */
  readonly presencePenalty?: number | undefined
  /** Subtracted as often as the answer has the token. */
  readonly frequencyPenalty?: number | undefined
  /** How many tokens in a row the text has once at most; above 0. */
  readonly noRepeatNgram?: number | undefined
  /** Reasoning that has come to its length is ended. */
  readonly thinking?: ThinkingBudget | undefined
  /** Sequences whose last token cannot come behind the others, which may stand in the prompt. */
  readonly badWords?: readonly (readonly number[])[] | undefined
  /** Nothing but these tokens can come. */
  readonly allowedTokens?: readonly number[] | undefined
  /** Tokens of an answer before one can end it. */
  readonly minTokens?: number | undefined
}

/** The text that logits continue. */
export interface History {
  /** Prompt and answer. */
  readonly tokens: readonly number[]
  readonly promptLength: number
  /** Tokens that end the answer. */
  readonly endTokens: ReadonlySet<number>
}

/**
 * Changes the logits of a text's next token, in place. The order, which matters for the first two, is that of transformers'
 * processors, and of vLLM: bias, penalties, masks, the end of reasoning. All of it is a function of the text, so that an answer goes on alike after a
 * restart.
 *
 * @param counts zeros, one for each token of the vocabulary; zeros again when this returns
 */
export function adjustLogits(logits: Float32Array, adjustments: Adjustments, history: History, counts: Int32Array): void {
  const { logitBias, repetitionPenalty, presencePenalty = 0, frequencyPenalty = 0 } = adjustments
  const { noRepeatNgram, badWords, allowedTokens, minTokens, thinking } = adjustments
  const { tokens, promptLength, endTokens } = history
  if (logitBias !== undefined) addBias(logits, logitBias)
  if (repetitionPenalty !== undefined) penalizeRepetition(logits, tokens, repetitionPenalty, counts)
  if (presencePenalty !== 0 || frequencyPenalty !== 0)
    penalizeAnswer(logits, tokens, promptLength, { presencePenalty, frequencyPenalty }, counts)
  if (noRepeatNgram !== undefined) maskRepetition(logits, tokens, noRepeatNgram)
  if (badWords !== undefined) maskBadWords(logits, tokens, badWords)
  if (minTokens !== undefined && tokens.length - promptLength < minTokens) maskTokens(logits, endTokens)
  if (allowedTokens !== undefined) maskAllBut(logits, allowedTokens)
  const end = thinking && endOfThinking(thinking, tokens, promptLength)
  if (end !== undefined) force(logits, end)
}

function addBias(logits: Float32Array, bias: readonly (readonly [token: number, bias: number])[]): void {
  for (const [token, value] of bias) logits[token]! += value
}

/** Of the paper on CTRL (Keskar et al., 2019), as transformers and vLLM have it. */
function penalizeRepetition(logits: Float32Array, tokens: readonly number[], penalty: number, counts: Int32Array): void {
  for (const token of tokens) {
    if (counts[token]!++ > 0) continue
    const logit = logits[token]!
    logits[token] = logit < 0 ? logit * penalty : logit / penalty
  }
  for (const token of tokens) counts[token] = 0
}

/** OpenAI's two penalties. */
function penalizeAnswer(
  logits: Float32Array,
  tokens: readonly number[],
  promptLength: number,
  { presencePenalty, frequencyPenalty }: { readonly presencePenalty: number; readonly frequencyPenalty: number },
  counts: Int32Array,
): void {
  for (let index = promptLength; index < tokens.length; index++) counts[tokens[index]!]!++
  for (let index = promptLength; index < tokens.length; index++) {
    const token = tokens[index]!
    if (counts[token] === 0) continue
    logits[token]! -= presencePenalty + frequencyPenalty * counts[token]!
    counts[token] = 0
  }
}

/** transformers' NoRepeatNGramLogitsProcessor: what has followed the last `size - 1` tokens before cannot follow them again. */
function maskRepetition(logits: Float32Array, tokens: readonly number[], size: number): void {
  const last = tokens.length - (size - 1)
  for (let start = 0; start + size <= tokens.length; start++) {
    let same = 0
    while (same < size - 1 && tokens[start + same] === tokens[last + same]) same++
    if (same === size - 1) logits[tokens[start + same]!] = Number.NEGATIVE_INFINITY
  }
}

function force(logits: Float32Array, token: number): void {
  logits.fill(Number.NEGATIVE_INFINITY)
  logits[token] = 0
}

function maskBadWords(logits: Float32Array, tokens: readonly number[], badWords: readonly (readonly number[])[]): void {
  for (const word of badWords) {
    const start = tokens.length - (word.length - 1)
    const isBegun = start >= 0 && word.every((token, index) => index === word.length - 1 || tokens[start + index] === token)
    if (isBegun) logits[word.at(-1)!] = Number.NEGATIVE_INFINITY
  }
}

function maskTokens(logits: Float32Array, tokens: Iterable<number>): void {
  for (const token of tokens) logits[token] = Number.NEGATIVE_INFINITY
}

function maskAllBut(logits: Float32Array, tokens: readonly number[]): void {
  const allowed = [...new Set(tokens)].map((token) => [token, logits[token]!] as const)
  logits.fill(Number.NEGATIVE_INFINITY)
  for (const [token, logit] of allowed) logits[token] = logit
}
