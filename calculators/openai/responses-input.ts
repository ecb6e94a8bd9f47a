import { z } from 'zod'
import { limits } from './messages.ts'
import type { Turn } from './turns.ts'

const text = z.looseObject({
  type: z.enum(['input_text', 'output_text', 'text'], {
    error: 'must be "input_text" or "output_text": this model accepts text only',
  }),
  text: z.string(),
})
const refusal = z.looseObject({ type: z.literal('refusal'), refusal: z.string() })
const parts = z.array(z.union([text, refusal])).max(limits.parts)
const content = z.union([z.string(), parts], { error: 'must be a string or a list of text parts' })

const message = z.looseObject({
  // A message may go without.
  type: z.literal('message').optional(),
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content,
})
const functionCall = z.looseObject({
  type: z.literal('function_call'),
  call_id: z.string().min(1),
  name: z.string().min(1),
  arguments: z.string(),
})
const functionCallOutput = z.looseObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1),
  output: content,
})
const reasoning = z.looseObject({
  type: z.literal('reasoning'),
  summary: z
    .array(z.looseObject({ text: z.string() }))
    .max(limits.parts)
    .nullish(),
  content: z
    .array(z.looseObject({ text: z.string() }))
    .max(limits.parts)
    .nullish(),
})

const item = z.discriminatedUnion('type', [message, functionCall, functionCallOutput, reasoning], { error: noReference })
type Item = z.infer<typeof item>

function noReference({ input }: { readonly input?: unknown }): string | undefined {
  const isReference = typeof input === 'object' && input !== null && 'type' in input && input.type === 'item_reference'
  return isReference ? 'must be the item itself, not an "item_reference": this server keeps no items' : undefined
}

/** The `input` of a responses request: a text, or what has been said and done so far. */
export const responsesInput = z.union([z.string().min(1), z.array(item).min(1).max(limits.messages)], {
  error: 'must be a string or a list of items',
})

/** The input as turns; `instructions` come first, as the system's. */
export function toTurns(input: z.infer<typeof responsesInput>, instructions: string | undefined): Turn[] {
  const first: Turn[] = instructions === undefined ? [] : [{ type: 'message', role: 'system', text: instructions }]
  const rest: Turn[] = typeof input === 'string' ? [{ type: 'message', role: 'user', text: input }] : input.map(toTurn)
  return [...first, ...rest]
}

function toTurn(item: Item): Turn {
  switch (item.type) {
    case undefined:
    case 'message':
      return { type: 'message', role: item.role, text: join(item.content) }
    case 'function_call':
      return { type: 'call', id: item.call_id, name: item.name, arguments: item.arguments }
    case 'function_call_output':
      return { type: 'result', id: item.call_id, text: join(item.output) }
    case 'reasoning':
      return { type: 'reasoning', text: (item.content ?? item.summary ?? []).map((part) => part.text).join('\n') }
  }
}

const join = (content: z.infer<typeof message>['content']): string =>
  typeof content === 'string' ? content : content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('\n')
