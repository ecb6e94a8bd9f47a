import { calculator, latest } from '../../engine/index.ts'
import type { AnswerPart } from '../../servables/index.ts'
import type { ChatRequestValue, MessageDeltaValue, MessageFinish } from '../packets.ts'
import { ApiObject, ChatRequest, MessageDelta, Tokens } from '../packets.ts'
import { type Answer, foldDeltas, formatStop, heading, sendAnswer } from './answer.ts'
import { ChatCompletion, ChatCompletionChunk } from './chat-schemas.ts'
import { formatChatLogprobs, formatPromptLogprobs } from './logprobs.ts'
import { countCached, countTokens, formatUsage } from './usage.ts'

/**
 * Makes the answer of chat/completions from message deltas. A streaming request gets a chat.completion.chunk for each part:
 * the first of a choice says its role, the last its finish_reason, and one more the usage if that was asked for. Any other
 * gets one chat.completion, the fold of the same deltas, when the last choice has ended. Objects count their own time.
 * TOKENS, the prompt's, are for the usage, and for vLLM's `return_token_ids`. Source: OpenAI's API reference.
 *
 * @example
 * - calculator: ChatResponseCalculator
 *   input_stream:  { DELTA: message, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const ChatResponseCalculator = calculator(
  {
    inputs: { DELTA: MessageDelta, REQUEST: latest(ChatRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: ChatCompletion, event: ChatCompletionChunk }),
    timestampOffset: 'own',
  },
  ({ outputs }) => {
    let send: ((delta: MessageDeltaValue) => void) | undefined
    return {
      process({ DELTA, REQUEST, TOKENS }) {
        send ??= sendAnswer(
          (REQUEST.value.stream ? streamChat : foldChat)(REQUEST.value, countTokens(TOKENS.value), TOKENS.value[0]),
          TOKENS.value.length * (REQUEST.value.bestOf ?? REQUEST.value.n),
          outputs.OBJECT,
        )
        send(DELTA.value)
      },
    }
  },
)

/** The answer as chat.completion.chunk objects. */
export function streamChat(
  request: ChatRequestValue,
  promptTokens: number,
  prompt: readonly number[] = [],
): Answer<MessageDeltaValue> {
  const begun = new Set<number>()
  let completionTokens = 0
  let reasoningTokens = 0
  const cached = countCached(request.n)
  const usage = () => formatUsage(promptTokens, completionTokens, cached.total(), reasoningTokens)
  const chunk = (choices: readonly object[], told: object | null = request.continuousUsage ? usage() : null) => ({
    ...heading('chat.completion.chunk', request),
    choices,
    ...(request.includeUsage && { usage: told }),
  })
  const choice = (index: number, delta: object, finish_reason: string | null, more: object = {}) =>
    chunk([{ index, delta, logprobs: null, finish_reason, ...more }])
  const begin = (index: number) => {
    const role = choice(index, { role: 'assistant', content: '' }, null)
    return [
      request.returnTokenIds ? { ...role, prompt_token_ids: prompt } : role,
      ...(request.echoed ? [choice(index, { content: request.echoed }, null)] : []),
    ]
  }
  /** The first part of a delta has what else its tokens have been asked for. */
  const parts = ({ choice: index, parts, logprobs, ids }: MessageDeltaValue) => {
    const [first, ...rest] = request.hideReasoning ? parts.filter(isShown) : parts
    const told = { logprobs: formatChatLogprobs(logprobs, request.showIds), ...(ids && { token_ids: ids }) }
    return [
      ...(first || logprobs || ids ? [choice(index, first ? formatPart(first, request) : { content: '' }, null, told)] : []),
      ...rest.map((part) => choice(index, formatPart(part, request), null)),
    ]
  }

  return {
    push(delta) {
      const { choice: index, tokens, reasoningTokens: reasoned = 0, finish } = delta
      completionTokens += tokens
      reasoningTokens += reasoned
      cached.push(delta)
      const chunks: object[] = begun.has(index) ? [] : begin(index)
      begun.add(index)
      chunks.push(...parts(delta))
      if (finish) chunks.push(choice(index, {}, formatFinish(finish, request), formatStop(delta)))
      return chunks
    },
    end: () => (request.includeUsage ? [chunk([], usage())] : []),
  }
}

const isShown = ({ type }: AnswerPart) => type !== 'reasoning'

/** OpenAI's older functions have a reason of their own. */
const formatFinish = (finish: MessageFinish, { callsAreFunctions }: ChatRequestValue) =>
  finish === 'tool_calls' && callsAreFunctions ? 'function_call' : finish

/** A part of an answer as a chunk's delta. */
function formatPart(part: AnswerPart, { callsAreFunctions }: ChatRequestValue): object {
  switch (part.type) {
    case 'content':
      return { content: part.text }
    case 'reasoning':
      return { reasoning_content: part.text, reasoning: part.text }
    case 'call': {
      const { index, id, name } = part
      if (callsAreFunctions) return { function_call: { name, arguments: '' } }
      return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }
    }
    case 'arguments':
      if (callsAreFunctions) return { function_call: { arguments: part.text } }
      return { tool_calls: [{ index: part.index, function: { arguments: part.text } }] }
  }
}

/** The answer as one chat.completion object. */
export function foldChat(
  request: ChatRequestValue,
  promptTokens: number,
  prompt: readonly number[] = [],
): Answer<MessageDeltaValue> {
  const fold = foldDeltas(request, { ...emptyMessage, content: request.echoed ?? '' }, addParts)
  let reasoningTokens = 0
  const cached = countCached(request.bestOf ?? request.n)
  return {
    push(delta) {
      fold.push(delta)
      cached.push(delta)
      reasoningTokens += delta.reasoningTokens ?? 0
      return []
    },
    end: () => [
      {
        ...heading('chat.completion', request),
        choices: fold.choices().map(({ index, content, finish, stop, logprobs, ids }) => ({
          index,
          message: formatMessage(content, request),
          logprobs: formatChatLogprobs(logprobs, request.showIds),
          finish_reason: finish ? formatFinish(finish, request) : null,
          ...formatStop({ stop }),
          ...(request.returnTokenIds && { token_ids: ids }),
        })),
        ...(request.promptLogprobs && { prompt_logprobs: formatPromptLogprobs(fold.choices()[0]?.promptLogprobs ?? []) }),
        ...(request.returnTokenIds && { prompt_token_ids: prompt }),
        usage: formatUsage(promptTokens, fold.tokens(), cached.total(), reasoningTokens),
      },
    ],
  }
}

/** What the parts of an answer add up to. */
interface Message {
  readonly content: string
  readonly reasoning: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[]
}

const emptyMessage: Message = { content: '', reasoning: '', calls: [] }

const addParts = (message: Message, { parts }: MessageDeltaValue): Message => parts.reduce(addPart, message)

function addPart(message: Message, part: AnswerPart): Message {
  switch (part.type) {
    case 'content':
      return { ...message, content: message.content + part.text }
    case 'reasoning':
      return { ...message, reasoning: message.reasoning + part.text }
    case 'call':
      return { ...message, calls: [...message.calls, { id: part.id, name: part.name, arguments: '' }] }
    case 'arguments': {
      const calls = message.calls.map((call, index) =>
        index === part.index ? { ...call, arguments: call.arguments + part.text } : call,
      )
      return { ...message, calls }
    }
  }
}

/** As OpenAI has it: content is null where there are only calls. Both names of the reasoning are in use. */
function formatMessage({ content, reasoning, calls }: Message, { hideReasoning, callsAreFunctions }: ChatRequestValue) {
  const [call] = calls.map(({ id: _, ...call }) => call)
  return {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    refusal: null,
    ...(reasoning !== '' && !hideReasoning && { reasoning_content: reasoning, reasoning }),
    ...(callsAreFunctions
      ? call && { function_call: call }
      : calls.length > 0 && { tool_calls: calls.map(({ id, ...call }) => ({ id, type: 'function', function: call })) }),
  }
}
