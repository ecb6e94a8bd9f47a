import { z } from 'zod'

/** Fields of OpenAI and vLLM that change no answer: they are checked, so that a client's mistake shows here as it does there. */
export const idleFields = {
  user: z.string().optional(),
  safety_identifier: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  /** Nothing is stored. */
  store: z.boolean().optional(),
  /** There is one tier; answers call it `default`. */
  service_tier: z.string().optional(),
  /** Prompts that begin alike share what is computed without being told. */
  prompt_cache_key: z.string().optional(),
  prompt_cache_retention: z.string().optional(),
  /** Text that the answer is expected to have, for speed; the option `prompt_lookup` guesses without it. */
  prediction: z.looseObject({ type: z.literal('content') }).optional(),
  /** A hint that models served here have not learnt. */
  verbosity: z.string().optional(),
  /** Of no effect on tokenizers of `tokenizer.json`, here as in vLLM. */
  spaces_between_special_tokens: z.boolean().optional(),
}
