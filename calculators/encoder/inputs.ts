import { textsOrTokens } from '../openai/index.ts'
import type { CompletionPrompt } from '../packets.ts'

/** Inputs of one request; OpenAI's limit. */
export const maxInputs = 2048

/** A text, token ids, or a list of both: what requests have as `input` or `inputs`. */
export const inputs = textsOrTokens(maxInputs).describe(
  "Refused beyond the model's length, unless it is cut, and with ids that the model has no tokens for.",
)

/** Texts with what the model puts before them; token ids are taken to have it. */
export const withPrompt = (all: readonly CompletionPrompt[], prompt: string): readonly CompletionPrompt[] =>
  prompt === '' ? all : all.map((each) => (typeof each === 'string' ? prompt + each : each))
