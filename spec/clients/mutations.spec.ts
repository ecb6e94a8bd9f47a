import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ZodType } from 'zod'
import { MessageObject, MessageStreamEvent } from '../../calculators/anthropic/message-schemas.ts'
import { ChatCompletion, ChatCompletionChunk } from '../../calculators/openai/chat-schemas.ts'
import { TextCompletion, TextCompletionChunk } from '../../calculators/openai/completion-schemas.ts'
import { ResponseObject, ResponseStreamEvent } from '../../calculators/openai/response-schemas.ts'
import { liveRuns } from '../../engine/index.ts'
import { askMutated, askValid } from '../support/ask-mutated.ts'
import { fakeLlm } from '../support/fakes.ts'
import { AnthropicError, refusalOf } from '../support/graph-door.ts'
import type { ValidRequest } from '../support/mutated.ts'
import { textDoor } from '../support/text-door.ts'

const test = suite('mutated requests')

const before = liveRuns()
const { ask } = textDoor({ llm: fakeLlm((choice) => ['Hello, né!', '{"a": 1}', ''][choice % 3]!) })

const call = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }
const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
}
const sampled = { max_tokens: 8, temperature: 0.5, top_p: 0.9, top_k: 5, min_p: 0.1, seed: 5, n: 2, stop: ['x', 'yz'] }
const penalized = { frequency_penalty: 0.5, presence_penalty: -0.5, repetition_penalty: 1.1, logit_bias: { 5: 1 }, min_tokens: 1 }
const told = { return_token_ids: true, return_tokens_as_token_ids: true, metadata: { a: 'b' }, user: 'u', service_tier: 'auto' }
const tokens = {
  stop_token_ids: [5],
  allowed_token_ids: [1, 2, 3],
  bad_words: ['no'],
  truncate_prompt_tokens: 5,
  ignore_eos: true,
}

/** Requests that are answered, by their route. */
const valid: readonly ValidRequest[] = [
  ['chat/completions', { messages: [{ role: 'user', content: 'Hi' }], ...sampled }],
  [
    'chat/completions',
    {
      messages: [
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }], name: 'Ann' },
        { role: 'assistant', content: null, tool_calls: [call], reasoning_content: 'Hm.' },
        { role: 'tool', tool_call_id: 'a', content: 'rain' },
      ],
      tools: [{ type: 'function', function: weather }],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      chat_template_kwargs: { enable_thinking: false },
      stream: true,
      stream_options: { include_usage: true, continuous_usage_stats: true },
      logprobs: true,
      top_logprobs: 2,
    },
  ],
  [
    'chat/completions',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'So' },
      ],
      continue_final_message: true,
      add_generation_prompt: false,
      echo: true,
      include_reasoning: false,
      reasoning_effort: 'low',
      documents: [{ title: 'T', text: 'x' }],
      ...penalized,
      ...told,
    },
  ],
  [
    'chat/completions',
    {
      messages: [
        { role: 'assistant', content: '', function_call: { name: 'weather', arguments: '{}' } },
        { role: 'function', name: 'weather', content: 'rain' },
      ],
      functions: [weather],
      function_call: 'auto',
      ...tokens,
    },
  ],
  ['completions', { prompt: 'Once', echo: true, logprobs: 2, ...sampled, ...told }],
  ['completions', { prompt: ['Once', [1, 2]], best_of: 3, n: 2, temperature: 1, prompt_logprobs: 1, ...tokens }],
  ['completions', { prompt: [1, 2, 3], stream: true, stream_options: { include_usage: true }, ...penalized }],
  ['completions', { prompt: [[1], [2]], temperature: 0, priority: 1, cache_salt: 's', request_id: 'r' }],
  ['tokenize', { text: ['a', 'b'], max_length: 5, pad_to_max_length: true, padding_side: 'left', add_special_tokens: false }],
  ['tokenize', { messages: [{ role: 'user', content: 'Hi' }], tools: [{ type: 'function', function: weather }] }],
  ['detokenize', { tokens: [72, 105] }],
  ['chat/completions/render', { messages: [{ role: 'user', content: 'Hi' }], ...sampled }],
  [
    'responses',
    {
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'function_call', call_id: 'a', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'a', output: 'rain' },
      ],
      instructions: 'Be kind.',
      tools: [{ type: 'function', ...weather }],
      tool_choice: 'auto',
      max_output_tokens: 5,
      temperature: 0.5,
      reasoning: { effort: 'low' },
      text: { format: { type: 'text' } },
      metadata: { a: 'b' },
      stream: true,
    },
  ],
  ['responses', { input: 'Hi', include: ['message.output_text.logprobs'], top_logprobs: 2, truncation: 'auto', store: false }],
  [
    'messages',
    {
      max_tokens: 5,
      system: 'Be kind.',
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Oslo' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'rain' }] },
      ],
      tools: [{ name: 'weather', description: 'Tells the weather.', input_schema: { type: 'object' } }],
      tool_choice: { type: 'auto' },
      stop_sequences: ['x'],
      temperature: 0.5,
      top_k: 5,
      metadata: { user_id: 'u' },
      stream: true,
    },
  ],
  ['messages', { max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }], thinking: { type: 'disabled' } }],
  ['messages/count_tokens', { messages: [{ role: 'user', content: 'Hi' }] }],
]

/** Whether an answer is as the document of the API says. */
function checkAnswer(route: string, text: string): void {
  assert.not.match(text, '"type":"error"')
  const schemas = answers[route]
  if (!schemas) return
  if (text.startsWith('{')) {
    schemas.whole.parse(JSON.parse(text))
    return
  }
  const events = text.trim().split('\n\n')
  if (route.endsWith('completions')) assert.is(events.pop(), 'data: [DONE]')
  for (const event of events) schemas.event.parse(JSON.parse(event.slice(event.indexOf('data: ') + 'data: '.length)))
}

const answers: Readonly<Record<string, { readonly whole: ZodType; readonly event: ZodType }>> = {
  'chat/completions': { whole: ChatCompletion, event: ChatCompletionChunk },
  completions: { whole: TextCompletion, event: TextCompletionChunk },
  responses: { whole: ResponseObject, event: ResponseStreamEvent },
  messages: { whole: MessageObject, event: MessageStreamEvent },
}

test('the requests are answered as they are', () => askValid(valid, ask))

test('however they are changed, they are answered or refused, in the shape of their API', () =>
  askMutated(valid, ask, {
    answer: checkAnswer,
    readRefusal: async (route, response) =>
      route.startsWith('messages') ? AnthropicError.parse(await response.json()).error : refusalOf(response),
  }))

test('no run is left over', () => {
  assert.is(liveRuns(), before)
})

test.run()
