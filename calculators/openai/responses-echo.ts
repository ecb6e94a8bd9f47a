import type { SamplingParams } from '../../servables/index.ts'
import type { ResponsesFields } from './responses-request.ts'

/** The fields of a request that its response repeats, with the values that were used where it had none. */
export function echoOf(fields: ResponsesFields, { temperature, topP }: SamplingParams): Readonly<Record<string, unknown>> {
  const { tools = [], tool_choice = 'auto', reasoning, text, user } = fields
  return {
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    max_tool_calls: fields.max_tool_calls ?? null,
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    temperature,
    top_p: topP,
    top_logprobs: fields.top_logprobs ?? 0,
    frequency_penalty: fields.frequency_penalty ?? 0,
    presence_penalty: fields.presence_penalty ?? 0,
    text: { ...text, format: text?.format ?? { type: 'text' } },
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    tools: tools.map(({ type, name, description, parameters, strict }) => ({
      type,
      name,
      description: description ?? null,
      parameters: parameters ?? null,
      strict: strict ?? null,
    })),
    tool_choice,
    truncation: fields.truncation ?? 'disabled',
    metadata: fields.metadata ?? {},
    // One kind of service, and nothing is kept, whatever was asked for.
    service_tier: 'default',
    background: false,
    store: false,
    previous_response_id: null,
    prompt_cache_key: fields.prompt_cache_key ?? null,
    safety_identifier: fields.safety_identifier ?? null,
    ...(user !== undefined && { user }),
  }
}
