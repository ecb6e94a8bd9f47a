import { z } from 'zod'

const likelyToken = { token: z.string(), logprob: z.number().max(0), bytes: z.array(z.int().min(0).max(255)) }
const Logprobs = z.array(z.strictObject({ ...likelyToken, top_logprobs: z.array(z.strictObject(likelyToken)) }))

const OutputText = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.never()),
  logprobs: Logprobs,
})
const ReasoningText = z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })
const SummaryText = z.strictObject({ type: z.literal('summary_text'), text: z.string() })

const item = { id: z.string(), status: z.enum(['in_progress', 'completed', 'incomplete']) }
const Item = z.discriminatedUnion('type', [
  z.strictObject({ ...item, type: z.literal('message'), role: z.literal('assistant'), content: z.array(OutputText) }),
  z.strictObject({
    ...item,
    type: z.literal('reasoning'),
    summary: z.array(SummaryText),
    content: z.array(ReasoningText).optional(),
  }),
  z.strictObject({
    ...item,
    type: z.literal('function_call'),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
])

const count = z.int().min(0)

/** A response, as it has come so far. Source: OpenAI's API reference. */
export const ResponseObject = z.strictObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int().describe('Seconds since 1970.'),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: z.strictObject({ code: z.literal('server_error'), message: z.string() }).nullable(),
  incomplete_details: z.strictObject({ reason: z.literal('max_output_tokens') }).nullable(),
  model: z.string(),
  output: z.array(Item),
  usage: z
    .strictObject({
      input_tokens: count,
      input_tokens_details: z.strictObject({ cached_tokens: count, cache_write_tokens: count }),
      output_tokens: count,
      output_tokens_details: z.strictObject({ reasoning_tokens: count }),
      total_tokens: count,
    })
    .nullable(),
  // What it repeats of the request.
  instructions: z.string().nullable(),
  max_output_tokens: count.nullable(),
  max_tool_calls: count.nullable(),
  parallel_tool_calls: z.boolean(),
  temperature: z.number(),
  top_p: z.number(),
  top_logprobs: count,
  frequency_penalty: z.number(),
  presence_penalty: z.number(),
  text: z.looseObject({ format: z.looseObject({ type: z.string() }) }),
  reasoning: z.strictObject({ effort: z.string().nullable(), summary: z.string().nullable() }),
  tools: z.array(
    z.strictObject({
      type: z.literal('function'),
      name: z.string(),
      description: z.string().nullable(),
      parameters: z.record(z.string(), z.unknown()).nullable(),
      strict: z.boolean().nullable(),
    }),
  ),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]),
  truncation: z.enum(['auto', 'disabled']),
  metadata: z.record(z.string(), z.string()),
  service_tier: z.literal('default'),
  background: z.literal(false),
  store: z.literal(false),
  previous_response_id: z.null(),
  prompt_cache_key: z.string().nullable(),
  safety_identifier: z.string().nullable(),
  user: z.string().optional(),
})

const event = <T extends string, F extends z.ZodRawShape>(type: T, fields: F) =>
  z.strictObject({ type: z.literal(type), sequence_number: count, ...fields })
const at = { item_id: z.string(), output_index: count }
const inContent = { ...at, content_index: count }
const inSummary = { ...at, summary_index: count }
const ofItem = { output_index: count, item: Item }
const ofResponse = { response: ResponseObject }
const ofPart = { ...inContent, part: z.discriminatedUnion('type', [OutputText, ReasoningText]) }
const ofSummaryPart = { ...inSummary, part: SummaryText }

/** An event of a response's stream. Source: OpenAI's API reference. */
export const ResponseStreamEvent = z.discriminatedUnion('type', [
  event('response.created', ofResponse),
  event('response.in_progress', ofResponse),
  event('response.completed', ofResponse),
  event('response.incomplete', ofResponse),
  event('response.failed', ofResponse),
  event('response.output_item.added', ofItem),
  event('response.output_item.done', ofItem),
  event('response.content_part.added', ofPart),
  event('response.content_part.done', ofPart),
  event('response.output_text.delta', { ...inContent, delta: z.string(), logprobs: Logprobs }),
  event('response.output_text.done', { ...inContent, text: z.string(), logprobs: Logprobs }),
  event('response.reasoning_text.delta', { ...inContent, delta: z.string() }),
  event('response.reasoning_text.done', { ...inContent, text: z.string() }),
  event('response.reasoning_summary_part.added', ofSummaryPart),
  event('response.reasoning_summary_part.done', ofSummaryPart),
  event('response.reasoning_summary_text.delta', { ...inSummary, delta: z.string() }),
  event('response.reasoning_summary_text.done', { ...inSummary, text: z.string() }),
  event('response.function_call_arguments.delta', { ...at, delta: z.string() }),
  event('response.function_call_arguments.done', { ...at, name: z.string(), arguments: z.string() }),
  event('error', { code: z.string(), message: z.string(), param: z.string().nullable() }),
])
