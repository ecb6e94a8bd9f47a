import { z } from 'zod'
import type { Conversation, TemplateMessage } from '../../servables/index.ts'

/** What one request may hold at most. */
const limits = { messages: 2048, parts: 256, tools: 128, toolCalls: 128 }

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

const toolCall = z.looseObject({
  id: z.string().nullish(),
  type: z.literal('function').nullish(),
  function: z.looseObject({
    name: z.string().min(1),
    arguments: z.union([z.string(), z.record(z.string(), z.unknown())], { error: 'must be a string of JSON' }).nullish(),
  }),
})

const message = z
  .object({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: z
      .union([z.string(), z.array(textPart).min(1).max(limits.parts)], { error: 'must be a string or a list of text parts' })
      .nullish(),
    name: z.string().nullish(),
    tool_call_id: z.string().nullish(),
    tool_calls: z.array(toolCall).max(limits.toolCalls).nullish(),
    reasoning_content: z.string().nullish(),
  })
  .superRefine((message, context) => {
    if (message.role === 'assistant' || message.role === 'tool' || typeof message.content === 'string' || message.content) return
    context.addIssue({ code: 'custom', path: ['content'], message: 'must be a string or a list of text parts', input: undefined })
  })
type Message = z.infer<typeof message>

/** The `messages` of a request: at least one, text only. */
const Messages = z.array(message).min(1).max(limits.messages)

/** The `tools` of a request: functions. */
const Tools = z
  .array(
    z.looseObject({
      type: z.literal('function'),
      function: z.looseObject({
        name: z.string().min(1),
        description: z.string().nullish(),
        parameters: z.record(z.string(), z.unknown()).nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
  )
  .min(1)
  .max(limits.tools)

/** The part of a request that a chat template reads. */
export const conversationFields = {
  messages: Messages,
  tools: Tools.optional(),
  add_generation_prompt: z.boolean().optional(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
  reasoning_effort: z.string().optional(),
}

interface ConversationRequest {
  readonly messages: readonly Message[]
  readonly tools?: readonly unknown[] | undefined
  readonly add_generation_prompt?: boolean | undefined
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>> | undefined
  readonly reasoning_effort?: string | undefined
}

/** Checked fields as templates want them: text parts joined with line breaks, arguments as objects, `developer` as `system`. */
export function toConversation(request: ConversationRequest): Conversation {
  return {
    messages: request.messages.map(toTemplateMessage),
    tools: request.tools,
    addGenerationPrompt: request.add_generation_prompt ?? true,
    variables: {
      ...(request.reasoning_effort !== undefined && { reasoning_effort: request.reasoning_effort }),
      ...request.chat_template_kwargs,
    },
  }
}

function toTemplateMessage({ role, content, tool_calls, ...rest }: Message): TemplateMessage {
  const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined))
  return {
    ...fields,
    role: role === 'developer' ? 'system' : role,
    content: flattenContent(content),
    ...(tool_calls && tool_calls.length > 0 && { tool_calls: tool_calls.map(toTemplateToolCall) }),
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
