import { z } from 'zod'

/** How many tokens a request took, where there are no new ones. */
export const EncoderUsage = z.strictObject({ prompt_tokens: z.int().min(0), total_tokens: z.int().min(0) })

/** What the answers of score and classify have in common. */
export const listHeading = {
  id: z.string(),
  object: z.literal('list'),
  created: z.int().min(0),
  model: z.string(),
  usage: EncoderUsage,
}
