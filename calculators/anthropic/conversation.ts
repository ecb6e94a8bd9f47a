import type { AnswerWish, Conversation } from '../../servables/index.ts'
import { type ChatTools, joinTurns, type TextForm, type Turn, toConversation } from '../openai/index.ts'
import type { Block, PromptFields } from './messages-fields.ts'

/** Whether the request lets the model think. */
export const thinks = ({ thinking }: PromptFields): boolean => thinking !== undefined && thinking.type !== 'disabled'

/**
 * Checked fields as templates want them. Templates name the switch of thinking differently; they are told in the names that are
 * in use, and take what they know.
 */
export function toTemplateConversation(fields: PromptFields): Conversation {
  const { tools, tool_choice } = toChatTools(fields)
  const thinking = thinks(fields)
  return toConversation({
    messages: joinTurns(toTurns(fields)),
    tools: tool_choice === 'none' ? undefined : tools,
    continue_final_message: isPrefilled(fields),
    reasoning_effort: fields.output_config?.effort ?? undefined,
    chat_template_kwargs: { enable_thinking: thinking, thinking, ...fields.chat_template_kwargs },
  })
}

/** Whether the answer has begun already: the last words are the assistant's. */
function isPrefilled({ messages }: PromptFields): boolean {
  const { role, content } = messages.at(-1)!
  const last = blocksOf(content).at(-1)
  return role === 'assistant' && last?.type === 'text' && last.text !== ''
}

/** How long the request lets an answer think, where the model is known to. */
export const thinkingBudget = ({ thinking }: PromptFields): Pick<AnswerWish, 'thinking'> =>
  thinking?.type === 'enabled' ? { thinking: { tokens: thinking.budget_tokens } } : {}

/** What the answer's text has to look like. */
export function toTextForm({ output_config }: PromptFields): TextForm | undefined {
  const format = output_config?.format
  return format ? { grammar: { type: 'json_schema', schema: format.schema }, field: 'output_config.format.schema' } : undefined
}

/** The request's tools in chat's form. */
export function toChatTools({ tools, tool_choice: choice }: PromptFields): ChatTools {
  const choices = { auto: 'auto', any: 'required', none: 'none' } as const
  const isSerial = choice !== undefined && choice.type !== 'none' && choice.disable_parallel_tool_use === true
  return {
    tools:
      tools && tools.length > 0
        ? tools.map(({ name, description, input_schema: parameters, strict }) => ({
            type: 'function',
            function: { name, description, parameters, strict },
          }))
        : undefined,
    tool_choice:
      choice?.type === 'tool' ? { type: 'function', function: { name: choice.name } } : choices[choice?.type ?? 'auto'],
    parallel_tool_calls: !isSerial,
  }
}

/** What was said and done; text that one role says without a break is one message, whoever cut it into blocks and messages. */
export function toTurns({ system, messages }: Pick<PromptFields, 'system' | 'messages'>): Turn[] {
  const turns: Turn[] = system === undefined ? [] : [{ type: 'message', role: 'system', text: join(system) }]
  const add = (turn: Turn): void => {
    const last = turns.at(-1)
    const continues = turn.type === 'message' && last?.type === 'message' && last.role === turn.role
    if (continues) turns[turns.length - 1] = { ...last, text: `${last.text}\n${turn.text}` }
    else turns.push(turn)
  }
  for (const { role, content } of messages) {
    if (typeof content === 'string') add({ type: 'message', role, text: content })
    else for (const block of content) for (const turn of toTurn(role, block)) add(turn)
  }
  return turns
}

const blocksOf = (content: string | readonly Block[]): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

function toTurn(role: 'user' | 'assistant' | 'system', block: Block): Turn[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'message', role, text: block.text }]
    case 'thinking':
      return [{ type: 'reasoning', text: block.thinking }]
    case 'redacted_thinking':
      return []
    case 'tool_use':
      return [{ type: 'call', id: block.id, name: block.name, arguments: block.input }]
    case 'tool_result':
      return [{ type: 'result', id: block.tool_use_id, text: join(block.content ?? '') }]
  }
}

const join = (content: string | readonly { readonly text: string }[]): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('\n')
