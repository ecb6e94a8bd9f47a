import { z } from 'zod'
import { FinishReason, heading, PromptLogprobs, StopReason, TokenIds, Usage } from './answer-schemas.ts'

const Logprobs = z.strictObject({
  tokens: z.array(z.string()),
  token_logprobs: z.array(z.number().max(0).nullable()),
  top_logprobs: z.array(z.record(z.string(), z.number().max(0)).nullable()),
  text_offset: z.array(z.int().min(0)),
})

const choice = {
  index: z.int().min(0),
  text: z.string(),
  logprobs: Logprobs.nullable(),
  prompt_logprobs: PromptLogprobs.optional(),
  prompt_token_ids: TokenIds.optional(),
  token_ids: TokenIds.optional(),
  stop_reason: StopReason.optional(),
}

/** The answer of completions, whole. Source: OpenAI's API reference; `prompt_logprobs`, token ids: vLLM's. */
export const TextCompletion = z.strictObject({
  ...heading,
  object: z.literal('text_completion'),
  choices: z.array(z.strictObject({ ...choice, finish_reason: FinishReason })),
  usage: Usage,
})

/** A piece of the answer of completions, as a stream has it. */
export const TextCompletionChunk = z.strictObject({
  ...heading,
  object: z.literal('text_completion'),
  choices: z.array(z.strictObject({ ...choice, finish_reason: FinishReason.nullable() })),
  usage: Usage.nullable().optional(),
})
