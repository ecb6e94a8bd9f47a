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
 * processors, and of vLLM: bias, penalties, masks. All of it is a function of the text, so that an answer goes on alike after a
 * restart.
 *
 * @param counts zeros, one for each token of the vocabulary; zeros again when this returns
 */
export function adjustLogits(logits: Float32Array, adjustments: Adjustments, history: History, counts: Int32Array): void {
  const { logitBias, repetitionPenalty, presencePenalty = 0, frequencyPenalty = 0 } = adjustments
  const { badWords, allowedTokens, minTokens } = adjustments
  const { tokens, promptLength, endTokens } = history
  if (logitBias !== undefined) addBias(logits, logitBias)
  if (repetitionPenalty !== undefined) penalizeRepetition(logits, tokens, repetitionPenalty, counts)
  if (presencePenalty !== 0 || frequencyPenalty !== 0)
    penalizeAnswer(logits, tokens, promptLength, { presencePenalty, frequencyPenalty }, counts)
  if (badWords !== undefined) maskBadWords(logits, tokens, badWords)
  if (minTokens !== undefined && tokens.length - promptLength < minTokens) maskTokens(logits, endTokens)
  if (allowedTokens !== undefined) maskAllBut(logits, allowedTokens)
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
