import { z } from 'zod'
import type { Conversation, TemplateMessage } from '../../servables/index.ts'

/** What one request may hold at most. */
export const limits = { messages: 16_384, parts: 256, tools: 128, toolCalls: 128, documents: 1024 }

const textPart = z
  .object({
    type: z.enum(['text', 'refusal'], { error: 'must be "text": this model accepts text only' }),
    text: z.string().optional(),
    refusal: z.string().optional(),
  })
  .superRefine((part, context) => {
    if (part[part.type] === undefined) {
      context.addIssue({ code: 'custom', path: [part.type], message: 'must be a string', input: undefined })
    }
  })
  .meta({ anyOf: ['text', 'refusal'].map((type) => ({ properties: { type: { const: type } }, required: [type] })) })

const calledFunction = z.looseObject({
  name: z.string().min(1),
  arguments: z.union([z.string(), z.record(z.string(), z.unknown())], { error: 'must be a string of JSON' }).nullish(),
})

const toolCall = z.looseObject({
  id: z.string().nullish(),
  type: z.literal('function').nullish(),
  function: calledFunction,
})

/** Roles whose messages need no content: they have calls, or the results of calls that return nothing. */
const mayBeEmpty: ReadonlySet<string> = new Set(['assistant', 'tool', 'function'])

const message = z
  .object({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
    content: z
      .union([z.string(), z.array(textPart).min(1).max(limits.parts)], { error: 'must be a string or a list of text parts' })
      .nullish(),
    name: z.string().nullish(),
    tool_call_id: z.string().nullish(),
    tool_calls: z.array(toolCall).max(limits.toolCalls).nullish(),
    function_call: calledFunction.nullish(),
    reasoning_content: z.string().nullish(),
    reasoning: z.string().nullish(),
    refusal: z.string().nullish(),
  })
  .superRefine((message, context) => {
    if (mayBeEmpty.has(message.role) || (message.content !== null && message.content !== undefined)) return
    context.addIssue({ code: 'custom', path: ['content'], message: 'must be a string or a list of text parts', input: undefined })
  })
  .meta({
    anyOf: [
      { properties: { role: { enum: [...mayBeEmpty] } } },
      { properties: { content: { not: { type: 'null' } } }, required: ['content'] },
    ],
  })
export type Message = z.infer<typeof message>

/** The `messages` of a request: at least one, text only. */
const Messages = z
  .array(message)
  .min(1)
  .max(limits.messages)
  .describe("Refused beyond the model's length, and where its template refuses the conversation.")

/**
 * Names of functions: letters and length of MCP's names of tools, which vLLM and OVMS take. OpenAI's have no dots. Whatever the format
 * of a model's calls, it can say them.
 */
export const functionName = z.string().regex(/^[a-zA-Z0-9_.-]{1,128}$/, { error: 'must be 1 to 128 letters, digits or "_.-"' })

const describedFunction = z.looseObject({
  name: functionName,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})

/** The `tools` of a request: functions. */
const Tools = z
  .array(z.looseObject({ type: z.literal('function'), function: describedFunction }))
  .min(1)
  .max(limits.tools)

/** `functions`, as OpenAI's API had them before `tools`. */
export const Functions = z.array(describedFunction).max(limits.tools)

/** Why a request brings no template. */
export const ownTemplate = {
  why: 'The template is the model\'s own, as one of a request\'s could run for ever; set its variables by "chat_template_kwargs".',
}

/** How much a model is to reason, for templates that ask. Others' own words go into `chat_template_kwargs`. */
export const reasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

/** The part of a request that a chat template reads. */
export const conversationFields = {
  messages: Messages,
  tools: Tools.describe('Refused with parameters that strict calls can not be held to.').optional(),
  add_generation_prompt: z.boolean().optional(),
  continue_final_message: z.boolean().describe('Refused beside `add_generation_prompt`.').optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
  documents: z.array(z.record(z.string(), z.unknown())).max(limits.documents).optional(),
  reasoning_effort: reasoningEffort.optional(),
}

type ConversationFields = z.infer<z.ZodObject<typeof conversationFields>>
type ConversationRequest = Omit<ConversationFields, 'tools'> & { readonly tools?: readonly unknown[] | undefined }

/** A prompt ends in the beginning of an answer, or in a message that the answer goes on with. For `superRefine`. */
export function finalMessageEndsPrompt(
  fields: Omit<ConversationFields, 'messages'> & { readonly messages?: readonly Message[] | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (!fields.continue_final_message) return
  const fault = (path: (string | number)[], message: string, input: unknown) =>
    context.addIssue({ code: 'custom', path, message, input })
  if (fields.add_generation_prompt) fault(['continue_final_message'], 'is not available with "add_generation_prompt": true', true)
  const last = fields.messages?.at(-1)
  if (last && !flattenContent(last.content)) {
    const path = ['messages', fields.messages!.length - 1, 'content']
    fault(path, 'must have text, as "continue_final_message" is true', last.content ?? null)
  }
}

/**
 * Checked fields as templates want them: text parts joined with line breaks, arguments as objects, `developer` as `system`, results
 * of OpenAI's older functions as those of tools.
 */
export function toConversation(request: ConversationRequest): Conversation {
  const {
    chat_template_kwargs: { add_generation_prompt: toldTemplate, ...variables } = {},
    reasoning_effort,
    documents,
  } = request
  const isContinued = request.continue_final_message ?? false
  return {
    messages: request.messages.map(toTemplateMessage),
    tools: request.tools,
    // OVMS has it among the template's variables.
    addGenerationPrompt: (typeof toldTemplate === 'boolean' ? toldTemplate : request.add_generation_prompt) ?? !isContinued,
    continueFinalMessage: isContinued,
    variables: {
      ...(reasoning_effort !== undefined && { reasoning_effort }),
      ...(reasoning_effort === 'none' && { enable_thinking: false }),
      ...(documents && { documents }),
      ...variables,
    },
  }
}

/** What a conversation has begun its answer with. */
export const begunAnswer = ({ continueFinalMessage, messages }: Conversation): { readonly begun?: string } => {
  const content = continueFinalMessage ? messages.at(-1)?.content : undefined
  return typeof content === 'string' ? { begun: content } : {}
}

/** The text of the last message, to which an answer is added. */
export const finalText = ({ messages }: Pick<ConversationRequest, 'messages'>): string | undefined => {
  const last = messages.at(-1)
  return last?.role === 'assistant' ? (flattenContent(last.content) ?? undefined) : undefined
}

function toTemplateMessage(message: Message): TemplateMessage {
  const { role, content, name, tool_call_id, tool_calls, function_call, reasoning_content, reasoning, refusal } = message
  const calls = [...(tool_calls ?? []), ...(function_call ? [{ function: function_call }] : [])]
  const thought = reasoning_content ?? reasoning
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof tool_call_id === 'string' && { tool_call_id }),
    role: role === 'developer' ? 'system' : role === 'function' ? 'tool' : role,
    content: flattenContent(content) ?? refusal ?? null,
    ...(thought && { reasoning_content: thought, reasoning: thought }),
    ...(calls.length > 0 && { tool_calls: calls.map(toTemplateToolCall) }),
  }
}

function flattenContent(content: Message['content']): string | null {
  if (content === null || content === undefined) return null
  return typeof content === 'string' ? content : content.map((part) => part[part.type]).join('\n')
}

/** Templates write arguments as JSON themselves, so a string of JSON becomes what it says; other text stays. */
function toTemplateToolCall(call: z.infer<typeof toolCall>) {
  return { ...call, type: 'function', function: { ...call.function, arguments: parseArguments(call.function.arguments) } }
}

function parseArguments(text: string | Record<string, unknown> | null | undefined): unknown {
  if (typeof text !== 'string') return text ?? {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
