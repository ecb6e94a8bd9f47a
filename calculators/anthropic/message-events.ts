import { type Answer, type AnswerBlock, answerBlocks, type BlockEvent, countCached } from '../openai/index.ts'
import type { MessageDeltaValue, MessagesRequestValue } from '../packets.ts'

/** One event of a message's stream. */
export type MessageEvent =
  | { readonly type: 'message_start'; readonly message: object }
  | { readonly type: 'content_block_start'; readonly index: number; readonly content_block: object }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: object }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | { readonly type: 'message_delta'; readonly delta: object; readonly usage: object }
  | { readonly type: 'message_stop' | 'ping' }

/** How a block is written: as it begins, a piece of it, and whole. */
interface BlockKind {
  empty(block: AnswerBlock): object
  delta(text: string): object
  whole(block: AnswerBlock): object
}

const toolUse = ({ id, name }: AnswerBlock) => ({ type: 'tool_use', id, name, caller: { type: 'direct' } })

const kinds: Readonly<Record<AnswerBlock['type'], BlockKind>> = {
  content: {
    empty: () => ({ type: 'text', text: '', citations: null }),
    delta: (text) => ({ type: 'text_delta', text }),
    whole: ({ text }) => ({ type: 'text', text, citations: null }),
  },
  reasoning: {
    // Only Anthropic's own thinking is signed.
    empty: () => ({ type: 'thinking', thinking: '', signature: '' }),
    delta: (thinking) => ({ type: 'thinking_delta', thinking }),
    whole: ({ text }) => ({ type: 'thinking', thinking: text, signature: '' }),
  },
  call: {
    empty: (block) => ({ ...toolUse(block), input: {} }),
    delta: (partial_json) => ({ type: 'input_json_delta', partial_json }),
    whole: (block) => ({ ...toolUse(block), input: parseInput(block.text) }),
  },
}

/** Arguments that max_tokens has cut are no JSON; they have no other place in a whole message. */
function parseInput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** What an answer comes to, beside its events. */
interface MessageAnswer extends Answer<MessageDeltaValue, MessageEvent> {
  /** The message as its events have told it so far. */
  message(): object
}

/** The answer as the events of a stream, in Anthropic's order. */
export function streamMessage(request: MessagesRequestValue, promptTokens: number): MessageAnswer {
  const blocks = answerBlocks()
  const content: object[] = []
  const cached = countCached(1)
  let isBegun = false
  let tokens = 0
  let reasoningTokens = 0
  let end: { stop_reason: string | null; stop_sequence: string | null } = { stop_reason: null, stop_sequence: null }

  /** Anthropic counts what was found in the cache apart from the other input. */
  const usage = () => ({
    input_tokens: promptTokens - cached.total(),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached.total(),
    output_tokens: tokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
    server_tool_use: null,
  })
  const message = () => ({
    id: request.id,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: [...content],
    ...end,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: { ...usage(), cache_creation: null, inference_geo: null, service_tier: 'standard', speed: null },
  })

  const tell = (change: BlockEvent): MessageEvent => {
    const { index, type } = change.block
    switch (change.type) {
      case 'begin':
        return { type: 'content_block_start', index, content_block: kinds[type].empty(change.block) }
      case 'more':
        return { type: 'content_block_delta', index, delta: kinds[type].delta(change.text) }
      case 'end':
        content.push(kinds[type].whole(change.block))
        return { type: 'content_block_stop', index }
    }
  }

  return {
    message,
    push(delta) {
      cached.push(delta)
      const begin: MessageEvent[] = isBegun ? [] : [{ type: 'message_start', message: message() }, { type: 'ping' }]
      isBegun = true
      tokens += delta.tokens
      reasoningTokens += delta.reasoningTokens ?? 0
      if (delta.finish) end = endOf(delta)
      const told = request.thinking ? delta.parts : delta.parts.filter(({ type }) => type !== 'reasoning')
      return [...begin, ...told.flatMap((part) => blocks.push(part)).map(tell)]
    },
    end: () => [
      ...blocks.end().map(tell),
      { type: 'message_delta', delta: { ...end, stop_details: null, container: null }, usage: usage() },
      { type: 'message_stop' },
    ],
  }
}

function endOf({ finish, stop }: MessageDeltaValue) {
  if (finish === 'length') return { stop_reason: 'max_tokens', stop_sequence: null }
  if (finish === 'tool_calls') return { stop_reason: 'tool_use', stop_sequence: null }
  return typeof stop === 'string'
    ? { stop_reason: 'stop_sequence', stop_sequence: stop }
    : { stop_reason: 'end_turn', stop_sequence: null }
}

/** The answer as one message: what the events of the stream add up to. */
export function wholeMessage(request: MessagesRequestValue, promptTokens: number): Answer<MessageDeltaValue> {
  const events = streamMessage(request, promptTokens)
  return {
    push(delta) {
      events.push(delta)
      return []
    },
    end() {
      events.end()
      return [events.message()]
    },
  }
}
