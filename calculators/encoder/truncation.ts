import { z } from 'zod'
import type { Encoder } from '../../servables/index.ts'

/**
 * Tokens that texts are cut to: as many as the request says, -1 for the model's length (vLLM's `truncate_prompt_tokens`); where
 * it says nothing, what the model's options say. Undefined: none is cut.
 */
export function lengthToCut(asked: number | undefined, { maxLength, truncate }: Encoder): number | undefined {
  if (asked === undefined) return truncate ? maxLength : undefined
  return asked === -1 ? maxLength : Math.min(asked, maxLength)
}

/** vLLM's field by that name. */
export const truncatePromptTokens = z
  .int()
  .min(-1)
  .refine((tokens) => tokens !== 0, { error: "must be a positive number of tokens, or -1 for the model's length" })
