import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import type { Encoder } from '../../servables/index.ts'
import type { TokenizerOptionsValue } from '../packets.ts'

/**
 * Tokens that texts are cut to: as many as the request says, the model's length for -1 (vLLM's `truncate_prompt_tokens`) or true;
 * where it says nothing, what the model's options say. Undefined: none is cut.
 */
export function lengthToCut(asked: number | boolean | undefined, { maxLength, truncate }: Encoder): number | undefined {
  if (typeof asked !== 'number') return (asked ?? truncate) ? maxLength : undefined
  return asked === -1 ? maxLength : Math.min(asked, maxLength)
}

/** vLLM's field by that name. */
export const truncatePromptTokens = z
  .int()
  .min(-1)
  .refine((tokens) => tokens !== 0, { error: "must be a positive number of tokens, or -1 for the model's length" })
  .meta({ not: { const: 0 } })

/** Fields that say how texts become tokens: vLLM's; `truncate` of Jina, Ollama and NVIDIA; and Voyage's word for it. */
export const textFields = {
  truncate_prompt_tokens: truncatePromptTokens.describe('Refused beside a `truncate` that says that none is cut.').optional(),
  truncation_side: z.enum(['left', 'right']).optional(),
  truncate: z.literal(['NONE', 'START', 'END', true, false]).optional(),
  truncation: z.boolean().optional(),
  add_special_tokens: z.boolean().optional(),
}

/** What those fields ask of the tokenizer. */
export const toTokenizerOptions = (fields: z.infer<z.ZodObject<typeof textFields>>, encoder: Encoder): TokenizerOptionsValue => ({
  addSpecialTokens: fields.add_special_tokens ?? true,
  maxLength: lengthToCut(cuttingWish(fields), encoder),
  cut: fields.truncation_side ?? (fields.truncate === 'START' ? 'left' : undefined),
})

interface CuttingFields {
  readonly truncate_prompt_tokens?: number | undefined
  readonly truncate?: boolean | 'NONE' | 'START' | 'END' | undefined
  readonly truncation?: boolean | undefined
}

/**
 * Whether texts that are too long are to be cut, or to how many tokens; undefined: the request does not say.
 *
 * @throws EngineError `invalid_value` when it says both that they are and that they are not
 */
export function cuttingWish(fields: CuttingFields): number | boolean | undefined {
  const { truncate_prompt_tokens: tokens, truncate = fields.truncation } = fields
  const cuts = typeof truncate === 'string' ? truncate !== 'NONE' : truncate
  if (tokens === undefined) return cuts
  if (cuts !== false) return tokens
  const message = 'truncate_prompt_tokens says that texts are cut, and truncate that none is; leave one of them out.'
  throw new EngineError('invalid_value', message, { param: 'truncate_prompt_tokens' })
}
