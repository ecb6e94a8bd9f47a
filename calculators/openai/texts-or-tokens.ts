import { z } from 'zod'
import type { CompletionPrompt } from '../packets.ts'

/**
 * A list, cut behind the first element that it is not to have: there may be as many as a body has room for, and a schema describes
 * each that is wrong. For `z.preprocess`.
 */
const upToFirst =
  (isFault: (element: unknown) => boolean) =>
  (value: unknown): unknown => {
    if (!Array.isArray(value)) return value
    const fault = value.findIndex(isFault)
    return fault < 0 ? value : value.slice(0, fault + 1)
  }

/** At least so many token ids; whether the model has them is for `checkVocabulary`. */
export const tokenIds = (least: number) =>
  z.preprocess(
    upToFirst((each) => !Number.isInteger(each) || Number(each) < 0),
    z.array(z.int().min(0)).min(least),
  )

const text = z.string().min(1)
const oneOfMany = z.union([text, tokenIds(1)], { error: 'must be a string or a list of token ids' })

/** A list that begins with a number is meant as token ids, and what is wrong with it is told so. */
const unlessTokens = (value: unknown) => (Array.isArray(value) && typeof value[0] === 'number' ? undefined : value)
const upToNeither = upToFirst((each) => typeof each !== 'string' && !Array.isArray(each))

/** A text, token ids, or a list of both, of so many at most: what requests have as `prompt`, `input` or `inputs`. */
export function textsOrTokens(most: number) {
  const many = z.preprocess((value) => upToNeither(unlessTokens(value)), z.array(oneOfMany).min(1).max(most))
  const error = 'must be a string, token ids, or a list of strings and of lists of token ids; none of them empty'
  return z.union([text, many, tokenIds(1)], { error })
}

type TextsOrTokens = z.infer<ReturnType<typeof textsOrTokens>>

/** Their spellings as a list. */
export function toList(given: TextsOrTokens): readonly CompletionPrompt[] {
  if (typeof given === 'string') return [given]
  return isTokens(given) ? [given] : given
}

const isTokens = (given: Exclude<TextsOrTokens, string>): given is number[] => typeof given[0] === 'number'
