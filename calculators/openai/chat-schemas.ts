import { z } from 'zod'
import { FinishReason, heading, PromptLogprobs, StopReason, TokenIds, Usage } from './answer-schemas.ts'

const likelyToken = { token: z.string(), logprob: z.number().max(0), bytes: z.array(z.int().min(0).max(255)) }

const Logprobs = z.strictObject({
  content: z.array(z.strictObject({ ...likelyToken, top_logprobs: z.array(z.strictObject(likelyToken)) })),
  refusal: z.null(),
})

const reasoning = { reasoning_content: z.string().optional(), reasoning: z.string().optional() }

/** The answer of chat/completions, whole. Source: OpenAI's API reference; `reasoning_content`, token ids: vLLM's. */
export const ChatCompletion = z.strictObject({
  ...heading,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.strictObject({
      index: z.int().min(0),
      message: z.strictObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        refusal: z.string().nullable(),
        ...reasoning,
        tool_calls: z
          .array(
            z.strictObject({
              id: z.string(),
              type: z.literal('function'),
              function: z.strictObject({ name: z.string(), arguments: z.string() }),
            }),
          )
          .optional(),
        function_call: z.strictObject({ name: z.string(), arguments: z.string() }).optional(),
      }),
      logprobs: Logprobs.nullable(),
      finish_reason: FinishReason,
      stop_reason: StopReason.optional(),
      token_ids: TokenIds.optional(),
    }),
  ),
  prompt_logprobs: PromptLogprobs.optional(),
  prompt_token_ids: TokenIds.optional(),
  usage: Usage,
})

/** A piece of the answer of chat/completions, as a stream has it. */
export const ChatCompletionChunk = z.strictObject({
  ...heading,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(
    z.strictObject({
      index: z.int().min(0),
      delta: z.strictObject({
        role: z.literal('assistant').optional(),
        content: z.string().nullable().optional(),
        ...reasoning,
        tool_calls: z
          .array(
            z.strictObject({
              index: z.int().min(0),
              id: z.string().optional(),
              type: z.literal('function').optional(),
              function: z.strictObject({ name: z.string().optional(), arguments: z.string() }),
            }),
          )
          .optional(),
        function_call: z.strictObject({ name: z.string().optional(), arguments: z.string() }).optional(),
      }),
      logprobs: Logprobs.nullable(),
      finish_reason: FinishReason.nullable(),
      stop_reason: StopReason.optional(),
      token_ids: TokenIds.optional(),
    }),
  ),
  prompt_token_ids: TokenIds.optional(),
  usage: Usage.nullable().optional(),
})
