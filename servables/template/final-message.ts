import { EngineError } from '../../engine/index.ts'
import type { Conversation, TemplateMessage } from './chat-template.ts'

export type Write = (conversation: Conversation, messages: readonly TemplateMessage[]) => string

/** Stands at the end of the last message while that is written. The space shows whether the template trims what it writes. */
const endMark = 'CONTINUE_FINAL_MESSAGE '

/**
 * The conversation up to the end of its last message's content, so that the model goes on there. Source: transformers'
 * `continue_final_message`.
 *
 * @throws EngineError `invalid_value` when the template leaves the last message out
 */
export function writeToFinalMessage(write: Write, conversation: Conversation): string {
  const { messages } = conversation
  const marked = messages.map((message, index) =>
    index === messages.length - 1 ? { ...message, content: (message.content ?? '') + endMark } : message,
  )
  const text = write({ ...conversation, addGenerationPrompt: false }, marked)
  const end = text.lastIndexOf(endMark.trimEnd())
  if (end < 0) {
    const message = "The model's chat template does not write the last message out, so it can't be continued."
    throw new EngineError('invalid_value', message, { param: 'continue_final_message' })
  }
  const before = text.slice(0, end)
  return text.startsWith(endMark, end) ? before : before.trimEnd()
}
