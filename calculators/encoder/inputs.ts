import { z } from 'zod'
import { upToFirstFault } from '../openai/index.ts'
import type { CompletionPrompt } from '../packets.ts'

/** Inputs of one request; OpenAI's limit. */
export const maxInputs = 2048

const tokenIds = z.preprocess(upToFirstFault, z.array(z.int().min(0)).min(1))

/** A list that begins with a number is meant as token ids, and what is wrong with it is told so. */
const unlessTokens = (value: unknown) => (Array.isArray(value) && typeof value[0] === 'number' ? undefined : value)

const severalInputs = z.preprocess(
  unlessTokens,
  z
    .array(z.union([z.string().min(1), tokenIds], { error: 'must be a string or a list of token ids' }))
    .min(1)
    .max(maxInputs),
)

/** A text, token ids, or a list of both: what requests have as `input` or `inputs`. */
export const inputs = z
  .union([z.string().min(1), severalInputs, tokenIds], {
    error: 'must be a string, token ids, or a list of strings and of lists of token ids; none of them empty',
  })
  .describe("Refused beyond the model's length, unless it is cut, and with ids that the model has no tokens for.")

type Inputs = z.infer<typeof inputs>

/** The spellings of an input as a list. */
export function toInputs(input: Inputs): readonly CompletionPrompt[] {
  if (typeof input === 'string') return [input]
  return isTokens(input) ? [input] : input
}

const isTokens = (input: Exclude<Inputs, string>): input is number[] => typeof input[0] === 'number'

/** Texts with what the model puts before them; token ids are taken to have it. */
export const withPrompt = (all: readonly CompletionPrompt[], prompt: string): readonly CompletionPrompt[] =>
  prompt === '' ? all : all.map((each) => (typeof each === 'string' ? prompt + each : each))
