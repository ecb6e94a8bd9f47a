import { z } from 'zod'
import type { Encoder } from '../../servables/index.ts'
import type { TokenizerOptionsValue } from '../packets.ts'

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
  .meta({ not: { const: 0 } })

/** vLLM's fields that say how texts become tokens. */
export const textFields = {
  truncate_prompt_tokens: truncatePromptTokens.optional(),
  truncation_side: z.enum(['left', 'right']).optional(),
  add_special_tokens: z.boolean().optional(),
}

/** What those fields ask of the tokenizer. */
export const toTokenizerOptions = (
  { truncate_prompt_tokens, truncation_side, add_special_tokens = true }: z.infer<z.ZodObject<typeof textFields>>,
  encoder: Encoder,
): TokenizerOptionsValue => ({
  addSpecialTokens: add_special_tokens,
  maxLength: lengthToCut(truncate_prompt_tokens, encoder),
  cut: truncation_side,
})
