import type Anthropic from '@anthropic-ai/sdk'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { streamMessage, wholeMessage } from '../../../calculators/anthropic/message-events.ts'
import { MessageObject, MessageStreamEvent } from '../../../calculators/anthropic/message-schemas.ts'
import type { MessageDeltaValue, MessagesRequestValue } from '../../../calculators/packets.ts'
import { messageDeltas } from '../../support/answer-parts.ts'

type StreamEvent = Anthropic.RawMessageStreamEvent | { readonly type: 'ping' }

const request: MessagesRequestValue = {
  model: 'm',
  id: 'msg_1',
  created: 5,
  stream: true,
  includeUsage: false,
  n: 1,
  thinking: true,
}

const eventsOf = (deltas: readonly MessageDeltaValue[], more: Partial<MessagesRequestValue> = {}): StreamEvent[] => {
  const answer = streamMessage({ ...request, ...more }, 7)
  return [...deltas.flatMap((delta) => answer.push(delta)), ...answer.end()] as unknown as StreamEvent[]
}
const wholeOf = (deltas: readonly MessageDeltaValue[], more: Partial<MessagesRequestValue> = {}): Anthropic.Message => {
  const answer = wholeMessage({ ...request, ...more }, 7)
  assert.equal(
    deltas.flatMap((delta) => answer.push(delta)),
    [],
  )
  return answer.end()[0] as unknown as Anthropic.Message
}
const delta = (parts: MessageDeltaValue['parts'], more: Partial<MessageDeltaValue> = {}): MessageDeltaValue => ({
  choice: 0,
  parts,
  tokens: 1,
  finish: undefined,
  ...more,
})
const thought = delta([{ type: 'reasoning', text: 'Hm.' }], { reasoningTokens: 1 })
const called = delta(
  [
    { type: 'content', text: 'I look.' },
    { type: 'call', index: 0, id: 'call_x', name: 'look' },
    { type: 'arguments', index: 0, text: '{"at":' },
    { type: 'arguments', index: 0, text: '1}' },
  ],
  { finish: 'tool_calls' },
)

test('thinking, text and tool use are blocks, each told from its beginning to its end', () => {
  const events = eventsOf([thought, called])
  assert.equal(
    events.map((event) => `${event.type} ${'index' in event ? event.index : ''}`.trim()),
    [
      'message_start',
      'ping',
      'content_block_start 0',
      'content_block_delta 0',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1',
      'content_block_stop 1',
      'content_block_start 2',
      'content_block_delta 2',
      'content_block_delta 2',
      'content_block_stop 2',
      'message_delta',
      'message_stop',
    ],
  )
  assert.equal(wholeOf([thought, called]).content, [
    { type: 'thinking', thinking: 'Hm.', signature: '' },
    { type: 'text', text: 'I look.', citations: null },
    { type: 'tool_use', id: 'call_x', name: 'look', caller: { type: 'direct' }, input: { at: 1 } },
  ])
})

test('thinking that was not asked for is not told', () => {
  const { content, usage } = wholeOf([thought, called], { thinking: false })
  assert.equal(
    content.map(({ type }) => type),
    ['text', 'tool_use'],
  )
  assert.equal([usage.output_tokens, usage.output_tokens_details?.thinking_tokens], [2, 1])
})

test('says why it stopped, and at which string', () => {
  const text: MessageDeltaValue['parts'] = [{ type: 'content', text: 'a' }]
  const reasonOf = (more: Partial<MessageDeltaValue>) => {
    const { stop_reason, stop_sequence } = wholeOf([delta(text, more)])
    return [stop_reason, stop_sequence]
  }
  assert.equal(reasonOf({ finish: 'stop' }), ['end_turn', null])
  assert.equal(reasonOf({ finish: 'length' }), ['max_tokens', null])
  assert.equal(reasonOf({ finish: 'tool_calls' }), ['tool_use', null])
  assert.equal(reasonOf({ finish: 'stop', stop: 'END' }), ['stop_sequence', 'END'])
  assert.equal(reasonOf({ finish: 'stop', stop: 5 }), ['end_turn', null])
})

test('what was found in the cache is counted apart', () => {
  const { usage } = wholeOf([delta([{ type: 'content', text: 'a' }], { finish: 'stop', cachedTokens: 4 })])
  assert.equal([usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens], [3, 4, 0])
})

/** What a client that folds the events makes of them, as Anthropic's SDK does. */
function listen(events: readonly StreamEvent[]): unknown {
  let message: Record<string, unknown> = {}
  const blocks: Record<string, unknown>[] = []
  const inputs = new Map<number, string>()
  for (const event of events) {
    if (event.type === 'message_start') message = { ...event.message }
    else if (event.type === 'content_block_start') blocks.push({ ...event.content_block })
    else if (event.type === 'content_block_delta') {
      const block = blocks[event.index]!
      if (event.delta.type === 'text_delta') block.text += event.delta.text
      else if (event.delta.type === 'thinking_delta') block.thinking += event.delta.thinking
      else if (event.delta.type === 'input_json_delta')
        inputs.set(event.index, (inputs.get(event.index) ?? '') + event.delta.partial_json)
    } else if (event.type === 'message_delta') {
      message = { ...message, ...event.delta, usage: { ...(message.usage as object), ...event.usage } }
    }
  }
  for (const [index, json] of inputs) blocks[index]!.input = isJson(json) ? JSON.parse(json) : {}
  return { ...message, content: blocks }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('messages and events are as their schemas say', () => {
  fc.assert(
    fc.property(messageDeltas, fc.boolean(), (deltas, thinking) => {
      MessageObject.parse(wholeOf(deltas, { thinking }))
      for (const event of eventsOf(deltas, { thinking })) MessageStreamEvent.parse(event)
    }),
  )
})

test('the events add up to the whole message', () => {
  fc.assert(
    fc.property(messageDeltas, fc.boolean(), (deltas, thinking) => {
      const whole = wholeOf(deltas, { thinking })
      assert.equal(listen(eventsOf(deltas, { thinking })), whole as unknown)
      assert.ok(whole.content.length > 0)
    }),
  )
})

test.run()
