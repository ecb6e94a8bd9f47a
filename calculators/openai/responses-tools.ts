import { z } from 'zod'
import { functionName, limits } from './messages.ts'
import type { ChatTools } from './tool-choice.ts'

const functionTool = z.looseObject({
  type: z.literal('function', { error: 'must be "function": this server has no tools of its own' }),
  name: functionName,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})

/** OVMS also takes chat's form, with the function inside. */
const tool = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && 'function' in value && typeof value.function === 'object'
      ? { ...value.function, type: 'function' }
      : value,
  functionTool,
)

const named = z.looseObject({ type: z.literal('function'), name: z.string().min(1) })

/** The part of a responses request that says what the model may call. */
export const responsesToolFields = {
  tools: z.array(tool).max(limits.tools).describe('Refused with parameters that strict calls can not be held to.').optional(),
  tool_choice: z
    .union(
      [
        z.enum(['none', 'auto', 'required']),
        z.discriminatedUnion('type', [
          named,
          z.looseObject({
            type: z.literal('allowed_tools'),
            mode: z.enum(['auto', 'required']),
            tools: z.array(named).min(1).max(limits.tools),
          }),
        ]),
      ],
      { error: 'must be "none", "auto", "required", a function by its name, or allowed_tools' },
    )
    .describe('Refused without `tools`, and if none of them has the name.')
    .optional(),
  parallel_tool_calls: z.boolean().optional(),
}

type ToolFields = z.infer<z.ZodObject<typeof responsesToolFields>>

/** A choice among tools needs them. For `superRefine` of a request's schema. */
export function choiceIsOfTools({ tools = [], tool_choice: choice }: ToolFields, context: z.core.$RefinementCtx): void {
  if (choice === undefined || choice === 'none' || choice === 'auto') return
  if (tools.length === 0) {
    const message = 'is only allowed with "tools"'
    context.addIssue({ code: 'custom', path: ['tool_choice'], message, input: choice })
    return
  }
  const check = (name: string, path: (string | number)[]) => {
    if (tools.some((tool) => tool.name === name)) return
    context.addIssue({ code: 'custom', path: ['tool_choice', ...path], message: 'must be one of the "tools"', input: name })
  }
  if (choice === 'required') return
  if (choice.type === 'function') check(choice.name, ['name'])
  else for (const [index, { name }] of choice.tools.entries()) check(name, ['tools', index, 'name'])
}

/** The fields in chat's form. */
export function toChatTools({ tools = [], tool_choice, parallel_tool_calls }: ToolFields): ChatTools {
  const functions = tools.map(({ name, description, parameters, strict }) => ({
    type: 'function' as const,
    function: { name, description, parameters, strict },
  }))
  return { tools: functions.length > 0 ? functions : undefined, tool_choice: toChatChoice(tool_choice), parallel_tool_calls }
}

function toChatChoice(choice: ToolFields['tool_choice']): ChatTools['tool_choice'] {
  if (choice === undefined || typeof choice === 'string') return choice
  if (choice.type === 'function') return byName(choice)
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools: choice.tools.map(byName) } }
}

const byName = ({ name }: z.infer<typeof named>) => ({ type: 'function' as const, function: { name } })
