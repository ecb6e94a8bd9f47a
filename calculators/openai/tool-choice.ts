import { z } from 'zod'
import type { AnswerWish } from '../../servables/index.ts'
import { conversationFields, limits } from './messages.ts'
import type { TextForm } from './structured-output.ts'

const named = z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) })

const allowedTools = z.object({
  type: z.literal('allowed_tools'),
  allowed_tools: z.object({ mode: z.enum(['auto', 'required']), tools: z.array(named).min(1).max(limits.tools) }),
})

/** What a chat request says of calling its tools. */
export const toolChoiceFields = {
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.discriminatedUnion('type', [named, allowedTools])], {
      error: 'must be "none", "auto", "required", a function by its name, or allowed_tools',
    })
    .describe('Refused without `tools`, and if none of them has its name.')
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
}

const toolFields = z.object({ tools: conversationFields.tools, ...toolChoiceFields })

/** What a request says of tools, in chat's form. */
export type ChatTools = z.infer<typeof toolFields>

/** A choice among tools needs them. For `superRefine` of a request's schema. */
export function choiceIsOfTools({ tools = [], tool_choice: choice }: ChatTools, context: z.core.$RefinementCtx): void {
  if (choice === undefined || choice === 'none') return
  const fault = (path: (string | number)[], message: string, input: unknown) =>
    context.addIssue({ code: 'custom', path: ['tool_choice', ...path], message, input })
  if (tools.length === 0) fault([], 'is only allowed with "tools"', choice)
  if (tools.length === 0 || choice === 'auto' || choice === 'required') return
  const check = ({ function: { name } }: z.infer<typeof named>, ...path: (string | number)[]) => {
    if (tools.some((tool) => tool.function.name === name)) return
    fault([...path, 'function', 'name'], 'must be one of the "tools"', name)
  }
  if (choice.type === 'function') check(choice)
  else for (const [index, tool] of choice.allowed_tools.tools.entries()) check(tool, 'allowed_tools', 'tools', index)
}

/**
 * What the answer is to be. Tools that are not among the allowed ones are told to the model all the same, and not called.
 *
 * @param form what its text has to look like; absent: anything
 * @param parametersField where a tool of the request has the schema of its arguments
 */
export function toWish(fields: ChatTools, form?: TextForm, parametersField = 'function.parameters'): AnswerWish {
  const { tools = [], tool_choice: choice = 'auto', parallel_tool_calls } = fields
  const described = tools.map(({ function: { name, description, parameters, strict } }, index) => ({
    name,
    field: `tools[${index}].${parametersField}`,
    description: description ?? undefined,
    parameters: parameters ?? undefined,
    strict: strict ?? undefined,
  }))
  const wish = { text: form?.grammar, textField: form?.field, parallelToolCalls: parallel_tool_calls ?? true }
  if (typeof choice === 'string') return { ...wish, tools: described, toolChoice: choice }
  if (choice.type === 'function') return { ...wish, tools: described, toolChoice: { name: choice.function.name } }
  const allowed = new Set(choice.allowed_tools.tools.map((tool) => tool.function.name))
  return { ...wish, tools: described.filter(({ name }) => allowed.has(name)), toolChoice: choice.allowed_tools.mode }
}
