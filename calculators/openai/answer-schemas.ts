import { z } from 'zod'

// What the objects of chat/completions and completions have in common.

/** How many tokens a request took. */
export const Usage = z.strictObject({
  prompt_tokens: z.int().min(0),
  completion_tokens: z.int().min(0),
  total_tokens: z.int().min(0),
  prompt_tokens_details: z.strictObject({ cached_tokens: z.int().min(0) }),
  completion_tokens_details: z.strictObject({ reasoning_tokens: z.int().min(0) }),
})

export const FinishReason = z.enum(['stop', 'length', 'repetition', 'tool_calls', 'function_call'])

/** vLLM's: the request's stop string, or stop token, that ended the answer. */
export const StopReason = z.union([z.string(), z.int().min(0)])

export const TokenIds = z.array(z.int().min(0))

/** vLLM's: by token id; null for the first token, before which nothing stands. */
export const PromptLogprobs = z.array(
  z
    .record(z.string(), z.strictObject({ logprob: z.number().max(0), rank: z.int().min(1), decoded_token: z.string() }))
    .nullable(),
)

/** What every object of an answer begins with. */
export const heading = {
  id: z.string(),
  created: z.int().describe('Seconds since 1970.'),
  model: z.string(),
  system_fingerprint: z.string().nullable(),
  service_tier: z.string().optional(),
}
