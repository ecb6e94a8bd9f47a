import { z } from 'zod'

/** Fields that say whether scores are as the model gives them: vLLM's, by its older name too, and TEI's `raw_scores`. */
export const scoreFields = {
  use_activation: z.boolean().optional(),
  activation: z.boolean().optional(),
  raw_scores: z.boolean().optional(),
}

/** Whether they are; else they are what the model's activation makes of them. */
export const isRaw = ({ use_activation, activation, raw_scores }: z.infer<z.ZodObject<typeof scoreFields>>): boolean =>
  raw_scores ?? !(use_activation ?? activation ?? true)
