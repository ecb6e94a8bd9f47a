import { z } from 'zod'
import type { PairedTextsValue } from '../packets.ts'
import { cuttingWish, truncatePromptTokens } from './truncation.ts'

/** Fields that say how much of two texts is read, and for what: Cohere's and vLLM's, TEI's `truncate`, and Voyage's word for it. */
export const pairFields = {
  max_tokens_per_doc: z.int().min(1).optional(),
  max_tokens_per_query: z.int().min(1).optional(),
  truncate_prompt_tokens: truncatePromptTokens
    .describe('Refused if too few for what the model wants around texts, and beside a `truncate` that is false.')
    .optional(),
  truncate: z.boolean().optional(),
  truncation: z.boolean().optional(),
  instruction: z.string().min(1).describe('Refused by models that take none.').optional(),
}

/**
 * What those fields ask. Of second texts that are to be cut only the first piece is read, as TEI and vLLM have it.
 *
 * @param cutsFirst whether first texts that are too long are cut where the request does not say
 */
export function toPairing(
  fields: z.infer<z.ZodObject<typeof pairFields>>,
  cutsFirst = false,
): Omit<PairedTextsValue, 'pairs' | 'fields'> {
  const wish = cuttingWish(fields)
  const cuts = typeof wish === 'number' ? true : wish
  return {
    maxTokens: fields.max_tokens_per_doc,
    maxFirstTokens: fields.max_tokens_per_query,
    maxChunks: cuts ? 1 : undefined,
    maxLength: typeof wish === 'number' && wish > 0 ? wish : undefined,
    instruction: fields.instruction,
    cutsFirst: cuts ?? cutsFirst,
  }
}
