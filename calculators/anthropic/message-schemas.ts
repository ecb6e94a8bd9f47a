import { z } from 'zod'

const TextBlock = z.strictObject({ type: z.literal('text'), text: z.string(), citations: z.null() })
const ThinkingBlock = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() })
const ToolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  caller: z.strictObject({ type: z.literal('direct') }),
  input: z.unknown(),
})
const Block = z.discriminatedUnion('type', [TextBlock, ThinkingBlock, ToolUseBlock])

const count = z.int().min(0)

const usage = {
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens: count,
  output_tokens_details: z.strictObject({ thinking_tokens: count }),
  server_tool_use: z.null(),
}

const end = {
  stop_reason: z.enum(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use']).nullable(),
  stop_sequence: z.string().nullable(),
  stop_details: z.null(),
  container: z.null(),
}

/** A message, as it has come so far. Source: Anthropic's API reference. */
export const MessageObject = z.strictObject({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(Block),
  ...end,
  diagnostics: z.null(),
  usage: z.strictObject({
    ...usage,
    cache_creation: z.null(),
    inference_geo: z.null(),
    service_tier: z.literal('standard'),
    speed: z.null(),
  }),
})

const event = <T extends string, F extends z.ZodRawShape>(type: T, fields: F) =>
  z.strictObject({ type: z.literal(type), ...fields })

/** An event of a message's stream. Source: Anthropic's API reference. */
export const MessageStreamEvent = z.discriminatedUnion('type', [
  event('message_start', { message: MessageObject }),
  event('ping', {}),
  event('content_block_start', { index: count, content_block: Block }),
  event('content_block_delta', {
    index: count,
    delta: z.discriminatedUnion('type', [
      event('text_delta', { text: z.string() }),
      event('thinking_delta', { thinking: z.string() }),
      event('input_json_delta', { partial_json: z.string() }),
    ]),
  }),
  event('content_block_stop', { index: count }),
  event('message_delta', { delta: z.strictObject(end), usage: z.strictObject(usage) }),
  event('message_stop', {}),
  event('error', { error: z.strictObject({ type: z.string(), message: z.string() }), request_id: z.string() }),
])
