import { z } from 'zod'
import { Functions } from './messages.ts'

/** What stood in OpenAI's API before `tools` and `tool_choice`. Answers to it have a `function_call`. */
export const functionFields = {
  functions: Functions.describe('Refused beside `tools`.').optional(),
  function_call: z
    .union([z.enum(['none', 'auto']), z.object({ name: z.string() })], {
      error: 'must be "none", "auto" or a function by its name',
    })
    .describe('Refused without `functions`, and if none of them has its name.')
    .optional(),
}

type FunctionFields = z.infer<z.ZodObject<typeof functionFields>>

/** A request has either functions or tools. For `superRefine` of a request's schema. */
export function functionsAreTools(
  { functions, function_call: choice, tools }: FunctionFields & { readonly tools?: unknown },
  context: z.core.$RefinementCtx,
): void {
  const fault = (path: string[], message: string, input: unknown) => context.addIssue({ code: 'custom', path, message, input })
  if (functions && tools) fault(['functions'], 'must not come with "tools"', functions)
  if (choice === undefined || typeof choice === 'string') return
  if (!functions) fault(['function_call'], 'is only allowed with "functions"', choice)
  else if (!functions.some(({ name }) => name === choice.name))
    fault(['function_call', 'name'], 'must be one of the "functions"', choice.name)
}

/** Functions as the tools that they are; undefined: the request has none. */
export function toTools({ functions, function_call: choice = 'auto' }: FunctionFields) {
  if (!functions || functions.length === 0) return undefined
  return {
    tools: functions.map((described) => ({ type: 'function' as const, function: described })),
    tool_choice: typeof choice === 'string' ? choice : { type: 'function' as const, function: choice },
    parallel_tool_calls: false,
  }
}
