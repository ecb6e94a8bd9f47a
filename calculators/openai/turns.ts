import type { Message } from './messages.ts'

/** One thing that was said or done in a conversation, where an API lists them one by one. */
export type Turn =
  | { readonly type: 'message'; readonly role: Message['role']; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'call'; readonly id: string; readonly name: string; readonly arguments: string | Record<string, unknown> }
  | { readonly type: 'result'; readonly id: string; readonly text: string }

/**
 * Turns as the messages that chat has and templates know: what the assistant thought, said and called one after the other is
 * one message.
 */
export function joinTurns(turns: readonly Turn[]): Message[] {
  const messages: Message[] = []
  for (const turn of turns) {
    const last = messages.at(-1)
    const answer = last?.role === 'assistant' ? last : undefined
    if (turn.type === 'message') {
      if (turn.role === 'assistant' && answer && !answer.content && !answer.tool_calls) answer.content = turn.text
      else messages.push({ role: turn.role, content: turn.text })
    } else if (turn.type === 'result') {
      messages.push({ role: 'tool', tool_call_id: turn.id, content: turn.text })
    } else if (turn.type === 'reasoning') {
      messages.push({ role: 'assistant', reasoning_content: turn.text })
    } else {
      const { id, name } = turn
      const call = { id, type: 'function' as const, function: { name, arguments: turn.arguments } }
      if (answer) answer.tool_calls = [...(answer.tool_calls ?? []), call]
      else messages.push({ role: 'assistant', tool_calls: [call] })
    }
  }
  return messages
}
