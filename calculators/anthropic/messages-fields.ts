import { z } from 'zod'
import { conversationFields, limits } from '../openai/index.ts'

/** Blocks that only other models read. */
const unread: readonly unknown[] = ['image', 'document']

const whyUnread = (type: unknown) =>
  unread.includes(type) ? `must be "text", as this model does not support ${type} input` : undefined

const text = z.looseObject({ type: z.literal('text', { error: ({ input }) => whyUnread(input) }), text: z.string() })
const texts = z.union([z.string(), z.array(text).max(limits.parts)], { error: 'must be a string or a list of text blocks' })

/** A piece of a message: text, as this server's language models have no other. */
const block = z.discriminatedUnion(
  'type',
  [
    text,
    z.looseObject({ type: z.literal('thinking'), thinking: z.string() }),
    z.looseObject({ type: z.literal('redacted_thinking') }),
    z.looseObject({
      type: z.literal('tool_use'),
      id: z.string().min(1),
      name: z.string().min(1),
      input: z.record(z.string(), z.unknown()),
    }),
    z.looseObject({ type: z.literal('tool_result'), tool_use_id: z.string().min(1), content: texts.nullish() }),
  ],
  { error: ({ input }) => whyUnread(Object(input).type) },
)
export type Block = z.infer<typeof block>

const tool = z.looseObject({
  type: z.literal('custom', { error: 'must be "custom" or left out: this server has no tools of its own' }).nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/, { error: 'must be 1 to 128 letters, digits or "_-"' }),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
})

/** Tokens that Anthropic's models think for at least. */
const leastBudget = 1024
const display = z.enum(['summarized', 'omitted']).nullish()

const parallel = { disable_parallel_tool_use: z.boolean().nullish() }

/** What a messages request and its count_tokens have in common: all that the prompt is made of. */
export const promptFields = {
  system: texts.optional(),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(['user', 'assistant', 'system']),
        content: z.union([z.string(), z.array(block).max(limits.parts)], { error: 'must be a string or a list of blocks' }),
      }),
    )
    .min(1)
    .max(limits.messages)
    .describe("Refused beyond the model's length, and where its template refuses the conversation."),
  tools: z.array(tool).max(limits.tools).describe('Refused with parameters that strict calls can not be held to.').optional(),
  tool_choice: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('auto'), ...parallel }),
      z.looseObject({ type: z.literal('any'), ...parallel }),
      z.looseObject({ type: z.literal('tool'), name: z.string().min(1), ...parallel }),
      z.looseObject({ type: z.literal('none') }),
    ])
    .describe('Refused without `tools`, and if none of them has its name.')
    .optional(),
  thinking: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('enabled'), budget_tokens: z.int().min(leastBudget).max(4_294_967_295), display }),
      z.looseObject({ type: z.enum(['disabled', 'adaptive', 'between_tools']), display }),
    ])
    .describe('Refused with a budget that is not below `max_tokens`.')
    .optional(),
  output_config: z
    .looseObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      format: z.looseObject({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) }).nullish(),
    })
    .describe('Refused with what a schema can not enforce.')
    .optional(),
  chat_template_kwargs: conversationFields.chat_template_kwargs,
}
export type PromptFields = z.infer<z.ZodObject<typeof promptFields>>

/** A choice among tools needs them. For `superRefine` of a request's schema. */
export function choiceIsOfTools({ tools = [], tool_choice: choice }: PromptFields, context: z.core.$RefinementCtx): void {
  if (choice?.type === 'any' && tools.length === 0) {
    context.addIssue({ code: 'custom', path: ['tool_choice'], message: 'is only allowed with "tools"', input: choice })
  }
  if (choice?.type === 'tool' && !tools.some(({ name }) => name === choice.name)) {
    const message = 'must be one of the "tools"'
    context.addIssue({ code: 'custom', path: ['tool_choice', 'name'], message, input: choice.name })
  }
}

/** Thinking is a part of the answer. For `superRefine` of a request's schema. */
export function budgetLeavesRoom(
  { thinking, max_tokens: most }: PromptFields & { readonly max_tokens: number },
  context: z.core.$RefinementCtx,
): void {
  if (thinking?.type !== 'enabled' || thinking.budget_tokens < most) return
  const message = `must be less than max_tokens, which is ${most}`
  context.addIssue({ code: 'custom', path: ['thinking', 'budget_tokens'], message, input: thinking.budget_tokens })
}
