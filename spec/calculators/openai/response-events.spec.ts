import fc from 'fast-check'
import type OpenAI from 'openai'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { streamResponse, wholeResponse } from '../../../calculators/openai/response-events.ts'
import { ResponseObject, ResponseStreamEvent } from '../../../calculators/openai/response-schemas.ts'
import { echoOf } from '../../../calculators/openai/responses-echo.ts'
import type { MessageDeltaValue, ResponsesRequestValue } from '../../../calculators/packets.ts'
import { messageDeltas } from '../../support/answer-parts.ts'
import { samplingParams } from '../../support/fakes.ts'

type Response = OpenAI.Responses.Response
type StreamEvent = OpenAI.Responses.ResponseStreamEvent

const request: ResponsesRequestValue = {
  model: 'm',
  id: 'resp_1',
  created: 5,
  stream: true,
  includeUsage: false,
  n: 1,
  echo: { instructions: null, metadata: { a: 'b' } },
  summarizes: false,
}

const eventsOf = (deltas: readonly MessageDeltaValue[], more: Partial<ResponsesRequestValue> = {}): StreamEvent[] => {
  const answer = streamResponse({ ...request, ...more }, 7)
  return [...deltas.flatMap((delta) => answer.push(delta)), ...answer.end()] as unknown as StreamEvent[]
}
const wholeOf = (deltas: readonly MessageDeltaValue[], more: Partial<ResponsesRequestValue> = {}): Response => {
  const answer = wholeResponse({ ...request, ...more }, 7)
  assert.equal(
    deltas.flatMap((delta) => answer.push(delta)),
    [],
  )
  return answer.end()[0] as unknown as Response
}
const text = (text: string): MessageDeltaValue => ({
  choice: 0,
  parts: [{ type: 'content', text }],
  tokens: 1,
  finish: undefined,
})
const stop: MessageDeltaValue = { choice: 0, parts: [], tokens: 0, finish: 'stop' }

test("text comes in OpenAI's order of events", () => {
  const events = eventsOf([text('Hel'), text('lo'), stop])
  assert.equal(
    events.map(({ type }) => type),
    [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ],
  )
  assert.equal(
    events.map(({ sequence_number }) => sequence_number),
    events.map((_, index) => index),
  )
})

test('reasoning, text and calls are items, each told from its beginning to its end', () => {
  const events = eventsOf([
    { choice: 0, parts: [{ type: 'reasoning', text: 'Hm.' }], tokens: 2, reasoningTokens: 2, finish: undefined },
    {
      choice: 0,
      parts: [
        { type: 'content', text: 'I look.' },
        { type: 'call', index: 0, id: 'call_x', name: 'look' },
        { type: 'arguments', index: 0, text: '{"at":' },
        { type: 'arguments', index: 0, text: '1}' },
      ],
      tokens: 5,
      finish: 'tool_calls',
    },
  ])
  assert.equal(
    events.slice(2).map((event) => `${event.type.replace('response.', '')} ${'output_index' in event ? event.output_index : ''}`),
    [
      'output_item.added 0',
      'content_part.added 0',
      'reasoning_text.delta 0',
      'reasoning_text.done 0',
      'content_part.done 0',
      'output_item.done 0',
      'output_item.added 1',
      'content_part.added 1',
      'output_text.delta 1',
      'output_text.done 1',
      'content_part.done 1',
      'output_item.done 1',
      'output_item.added 2',
      'function_call_arguments.delta 2',
      'function_call_arguments.delta 2',
      'function_call_arguments.done 2',
      'output_item.done 2',
      'completed ',
    ],
  )
  const last = events.at(-1)
  assert.ok(last?.type === 'response.completed')
  assert.equal(last.response.output, [
    {
      id: 'rs_1',
      type: 'reasoning',
      summary: [],
      content: [{ type: 'reasoning_text', text: 'Hm.' }],
      status: 'completed',
    },
    {
      id: 'msg_1_1',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'I look.', annotations: [], logprobs: [] }],
      status: 'completed',
    },
    { id: 'fc_1_2', type: 'function_call', call_id: 'call_x', name: 'look', arguments: '{"at":1}', status: 'completed' },
  ] as Response['output'])
  assert.equal(last.response.usage, {
    input_tokens: 7,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 14,
  })
})

test('a summary that was asked for is the reasoning', () => {
  const deltas: MessageDeltaValue[] = [
    { choice: 0, parts: [{ type: 'reasoning', text: 'Hm.' }], tokens: 1, finish: undefined },
    stop,
  ]
  const events = eventsOf(deltas, { summarizes: true })
  assert.equal(
    events.slice(3, 7).map(({ type }) => type),
    [
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
    ],
  )
  const [item] = wholeOf(deltas, { summarizes: true }).output
  assert.equal(item, {
    id: 'rs_1',
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'Hm.' }],
    status: 'completed',
  } as never)
})

test('an answer that max_output_tokens cuts is incomplete, and so is its last item', () => {
  const events = eventsOf([text('Hel'), { ...stop, finish: 'length' }])
  const last = events.at(-1)
  assert.ok(last?.type === 'response.incomplete')
  assert.equal([last.response.status, last.response.incomplete_details], ['incomplete', { reason: 'max_output_tokens' }])
  assert.equal(
    last.response.output.map((item) => 'status' in item && item.status),
    ['incomplete'],
  )
})

test('logprobs come with the text of their tokens, and once more with all of it', () => {
  const token = { id: 1, text: 'a', bytes: new Uint8Array([97]), logprob: -0.5, rank: 1, top: [] }
  const events = eventsOf([{ ...text('a'), logprobs: [token] }, { ...text('a'), logprobs: [token] }, stop])
  const told = { token: 'a', logprob: -0.5, bytes: [97], top_logprobs: [] }
  assert.equal(
    events.flatMap((event) => (event.type === 'response.output_text.delta' ? [event.logprobs] : [])),
    [[told], [told]] as never,
  )
  const [message] = wholeOf([{ ...text('a'), logprobs: [token] }, { ...text('a'), logprobs: [token] }, stop]).output
  assert.equal((message as OpenAI.Responses.ResponseOutputMessage).content, [
    { type: 'output_text', text: 'aa', annotations: [], logprobs: [told, told] },
  ])
})

test('the response repeats the request, from the first event on', () => {
  const [created] = eventsOf([text('a'), stop])
  assert.ok(created?.type === 'response.created')
  const { status, output, metadata, usage } = created.response
  assert.equal([status, output, metadata, usage], ['in_progress', [], { a: 'b' }, null])
})

/** What a client that only listens to the small events makes of them. */
function listen(events: readonly StreamEvent[]): unknown[] {
  const items: Record<string, unknown>[] = []
  const parts = (index: number, field: string) => items[index]![field] as Record<string, unknown>[]
  for (const event of events) {
    if (event.type === 'response.output_item.added') items.push(structuredClone(event.item) as never)
    else if (event.type === 'response.content_part.added') parts(event.output_index, 'content').push({ ...event.part } as never)
    else if (event.type === 'response.reasoning_summary_part.added') parts(event.output_index, 'summary').push({ ...event.part })
    else if (event.type === 'response.output_text.delta' || event.type === 'response.reasoning_text.delta')
      parts(event.output_index, 'content')[event.content_index]!.text += event.delta
    else if (event.type === 'response.reasoning_summary_text.delta')
      parts(event.output_index, 'summary')[event.summary_index]!.text += event.delta
    else if (event.type === 'response.function_call_arguments.delta') items[event.output_index]!.arguments += event.delta
    else if (event.type === 'response.output_item.done')
      items[event.output_index]!.status = (event.item as { status: string }).status
  }
  return items
}

test('responses and events are as their schemas say', () => {
  const echo = echoOf({ input: 'Hi' }, samplingParams())
  fc.assert(
    fc.property(messageDeltas, fc.boolean(), (deltas, summarizes) => {
      ResponseObject.parse(wholeOf(deltas, { summarizes, echo }))
      for (const event of eventsOf(deltas, { summarizes, echo })) ResponseStreamEvent.parse(event)
    }),
  )
})

test('the events add up to the response of the last one, which is the whole answer', () => {
  fc.assert(
    fc.property(messageDeltas, fc.boolean(), (deltas, summarizes) => {
      const events = eventsOf(deltas, { summarizes })
      const last = events.at(-1)
      assert.ok(last?.type === 'response.completed' || last?.type === 'response.incomplete')
      assert.equal(listen(events), last.response.output as unknown[])
      assert.equal(wholeOf(deltas, { summarizes }), last.response)
      assert.ok(last.response.output.length > 0)
    }),
  )
})

test.run()
