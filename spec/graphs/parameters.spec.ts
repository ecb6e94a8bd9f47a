import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ChatCompletion, ChatCompletionChunk } from '../../calculators/openai/chat-schemas.ts'
import { TextCompletion, TextCompletionChunk } from '../../calculators/openai/completion-schemas.ts'
import { answerFormat } from '../../servables/answer-format/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm } from '../support/fakes.ts'
import { refusalOf } from '../support/graph-door.ts'
import { textDoor } from '../support/text-door.ts'

type Sides = Readonly<Record<string, unknown>>
const user = { role: 'user', content: 'Hi' }
const weather = { name: 'weather', parameters: { type: 'object' } }
const called = 'Let me see.\n<tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
const hermes = answerFormat('', 'hermes3', 'none')
const thinking = answerFormat('', 'none', 'qwen3')

async function post(llm: FakeLlm, route: string, body: object, sides: Sides = {}): Promise<Response> {
  const response = await textDoor({ llm, sides }).ask(route, { model: 'fake', ...body })
  if (response.status !== 200) throw new Error(await response.text())
  return response
}
const chat = async (body: object, llm = fakeLlm(() => 'Hello'), sides: Sides = {}) =>
  ChatCompletion.parse(await (await post(llm, 'chat/completions', { messages: [user], ...body }, sides)).json())
const complete = async (body: object, llm = fakeLlm(() => 'Hello'), sides: Sides = {}) =>
  TextCompletion.parse(await (await post(llm, 'completions', { prompt: 'Once', ...body }, sides)).json())

async function events(llm: FakeLlm, route: string, body: object, sides: Sides = {}): Promise<unknown[]> {
  const text = await (await post(llm, route, { ...body, stream: true }, sides)).text()
  const lines = text.trim().split('\n\n')
  assert.is(lines.pop(), 'data: [DONE]')
  return lines.map((line) => JSON.parse(line.slice('data: '.length)))
}
const chunks = async (body: object, llm = fakeLlm(() => 'Hello'), sides: Sides = {}) =>
  (await events(llm, 'chat/completions', { messages: [user], ...body }, sides)).map((each) => ChatCompletionChunk.parse(each))
const textChunks = async (body: object, llm = fakeLlm(() => 'Hello')) =>
  (await events(llm, 'completions', { prompt: 'Once', ...body })).map((each) => TextCompletionChunk.parse(each))

const promptOf = (llm: FakeLlm, request = 0) => byteTokenizer.decode(llm.requests[request]!.prompts[0]!)

test('continuous_usage_stats: every chunk has the usage so far, the last one all of it', async () => {
  const options = { stream_options: { include_usage: true, continuous_usage_stats: true } }
  for (const each of [await chunks(options), await textChunks(options)]) {
    const counts = each.map(({ usage }) => usage!.completion_tokens)
    assert.equal(
      counts,
      [...counts].sort((a, b) => a - b),
    )
    assert.equal([counts.at(-1), each.at(-1)!.choices], [5, []])
    assert.ok(new Set(counts).size >= 5)
  }
  const alone = await chunks({ stream_options: { continuous_usage_stats: true } })
  assert.ok(alone.every(({ usage }) => usage === undefined))
})

test('thinking_token_budget reaches the model with what ends its reasoning; a model that does not reason refuses it', async () => {
  const llm = fakeLlm(() => 'Hello')
  const asked = async (body: object, sides: Sides = { ANSWER_FORMAT: thinking }, route = 'chat/completions') => {
    const response = await textDoor({ llm, sides }).ask(route, { model: 'fake', messages: [user], max_tokens: 4, ...body })
    return [response.status, llm.requests.at(-1)?.params.thinking] as const
  }
  const limit = (tokens: number) => ({ tokens, begins: ['<think>'], ends: ['</think>'] })
  assert.equal(await asked({ thinking_token_budget: 5 }), [200, limit(5)])
  assert.equal(await asked({ thinking_token_budget: -1 }), [200, undefined])
  const amid = { messages: [user, { role: 'assistant', content: '<think>Well' }], continue_final_message: true }
  assert.equal(await asked({ ...amid, thinking_token_budget: 5 }), [200, { ...limit(5), begins: [] }])
  const enabled = { max_tokens: 1025, thinking: { type: 'enabled', budget_tokens: 1024 } }
  assert.equal(await asked(enabled, { ANSWER_FORMAT: thinking }, 'messages'), [200, limit(1024)])
  assert.equal((await asked(enabled, {}, 'messages'))[0], 200)
  const refused = await textDoor().ask('chat/completions', { model: 'fake', messages: [user], thinking_token_budget: 5 })
  const { code, param } = await refusalOf(refused)
  assert.equal([refused.status, code, param], [400, 'unsupported_parameter', 'thinking_token_budget'])
})

test('a message that is continued amid its reasoning is reasoning till that ends', async () => {
  const messages = [user, { role: 'assistant', content: '<think>Well,' }]
  const asked = { messages, continue_final_message: true }
  const { message } = (
    await chat(
      asked,
      fakeLlm(() => ' so.</think>Four.'),
      { ANSWER_FORMAT: thinking },
    )
  ).choices[0]!
  assert.equal([message.reasoning_content, message.content], [' so.', 'Four.'])
})

test('an answer that repeats itself says so', async () => {
  const llm = fakeLlm(() => '', {
    async *generate() {
      const drop = () => {}
      yield [
        { choice: 0, token: 72, finish: undefined, drop },
        { choice: 0, token: 72, finish: 'repetition', drop },
      ]
    },
  })
  const asked = { repetition_detection: { max_pattern_size: 1, min_count: 2 } }
  for (const { choices } of [await chat(asked, llm), await complete(asked, llm)])
    assert.equal([choices[0]!.finish_reason, choices[0]!.stop_reason], ['repetition', 'repetition_detected'])
})

test('request_id names the answer; metadata and a tier change nothing, and the tier is told', async () => {
  const { id, service_tier } = await chat({
    request_id: 'mine',
    metadata: { a: 1 },
    store: true,
    service_tier: 'flex',
    user: 'u',
  })
  assert.equal([id, service_tier], ['chatcmpl-mine', 'default'])
  const plain = await complete({ request_id: 'mine' })
  assert.equal([plain.id, 'service_tier' in plain], ['cmpl-mine', false])
})

test('system_fingerprint is the model’s', async () => {
  const llm = fakeLlm(() => 'Hello', { fingerprint: 'fp_1' })
  assert.is((await chat({}, llm)).system_fingerprint, 'fp_1')
  assert.is((await complete({}, llm)).system_fingerprint, 'fp_1')
  assert.is((await chunks({}, llm))[0]!.system_fingerprint, 'fp_1')
})

test('stop_reason tells which stop string ended an answer', async () => {
  const [choice] = (await chat({ stop: ['x', 'l'] })).choices
  assert.equal([choice!.message.content, choice!.finish_reason, choice!.stop_reason], ['He', 'stop', 'l'])
  assert.is((await complete({ stop: 'll' })).choices[0]!.stop_reason, 'll')
  assert.is((await chunks({ stop: 'll' })).at(-1)!.choices[0]!.stop_reason, 'll')
  assert.not('stop_reason' in (await chat({})).choices[0]!)
})

test('stop_reason tells which stop token ended an answer', async () => {
  const llm = fakeLlm(() => '', {
    async *generate() {
      yield [{ choice: 0, token: 72, finish: undefined, drop() {} }]
      yield [{ choice: 0, token: undefined, finish: 'stop', stopToken: 105, drop() {} }]
    },
  })
  for (const [choice] of [(await chat({}, llm)).choices, (await chunks({}, llm)).at(-1)!.choices]) {
    assert.equal([choice!.finish_reason, choice!.stop_reason], ['stop', 105])
  }
})

test('return_tokens_as_token_ids: tokens are shown by their ids', async () => {
  const asked = { return_tokens_as_token_ids: true, max_tokens: 1, temperature: 0 }
  const { logprobs } = (await chat({ ...asked, logprobs: true, top_logprobs: 1 })).choices[0]!
  assert.equal([logprobs!.content[0]!.token, logprobs!.content[0]!.top_logprobs[0]!.token], ['token_id:72', 'token_id:73'])
  const text = (await complete({ ...asked, logprobs: 1, echo: true })).choices[0]!
  assert.equal(text.logprobs!.tokens, [
    'token_id:256',
    'token_id:79',
    'token_id:110',
    'token_id:99',
    'token_id:101',
    'token_id:72',
  ])
})

test('prompts mix texts and token ids, in their order', async () => {
  const llm = fakeLlm((choice) => `${choice}`)
  const { choices } = await complete({ prompt: ['ab', [1, 2], 'c'], echo: true }, llm)
  assert.equal(llm.requests[0]!.prompts, [
    [256, 97, 98],
    [1, 2],
    [256, 99],
  ])
  assert.equal(
    choices.map(({ text }) => text),
    ['ab0', '\u0001\u00021', 'c2'],
  )
})

test('truncate_prompt_tokens keeps the last tokens, or the first, or as many as the model can answer', async () => {
  const llm = fakeLlm(() => 'ok', { maxModelLength: 20 })
  const long = 'x'.repeat(30)
  const cut = async (body: object) => {
    llm.requests.length = 0
    const { usage } = await complete({ prompt: `${long}abcdef`, ...body }, llm)
    assert.is(usage.prompt_tokens, llm.requests[0]!.prompts[0]!.length)
    return promptOf(llm)
  }
  assert.is(await cut({ truncate_prompt_tokens: 3 }), 'def')
  assert.is(await cut({ truncate_prompt_tokens: 3, truncation_side: 'right', add_special_tokens: false }), 'xxx')
  assert.is(await cut({ truncate_prompt_tokens: -1, max_tokens: 12 }), 'xxabcdef')
  llm.requests.length = 0
  await complete({ prompt: [1, 2, 3, 4], truncate_prompt_tokens: 2 }, llm)
  assert.equal(llm.requests[0]!.prompts, [[3, 4]])
  llm.requests.length = 0
  await chat({ messages: [{ role: 'user', content: long }], truncate_prompt_tokens: 5 }, llm)
  assert.is(promptOf(llm), 'tant\n')
})

test('add_special_tokens says whether a prompt begins as the tokenizer has it begin', async () => {
  const llm = fakeLlm(() => 'ok')
  await complete({ add_special_tokens: false }, llm)
  await chat({ add_special_tokens: true }, llm)
  assert.equal(
    llm.requests.map(({ prompts }) => prompts[0]![0]),
    [79, 256],
  )
})

test('suffix: the model fills the gap, where it has tokens for that', async () => {
  const llm = fakeLlm(() => 'ok')
  const gap = (before: string, behind: string) => `<P>${before}<S>${behind}<M>`
  await complete({ prompt: 'def f(', suffix: '):' }, llm, { TOKENIZER: { ...byteTokenizer, gap } })
  assert.is(promptOf(llm), '<P>def f(<S>):<M>')
})

test('continue_final_message: the prompt ends where the last message does; echo gives it back', async () => {
  const llm = fakeLlm(() => ' there')
  const messages = [user, { role: 'assistant', content: 'Hello' }]
  const asked = { messages, continue_final_message: true, add_generation_prompt: false, echo: true }
  const whole = await chat(asked, llm)
  assert.is(promptOf(llm), '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello')
  assert.is(whole.choices[0]!.message.content, 'Hello there')
  const streamed = await chunks(asked, llm)
  assert.is(streamed.map(({ choices }) => choices[0]!.delta.content ?? '').join(''), 'Hello there')
  assert.equal([streamed[0]!.choices[0]!.delta.role, streamed[1]!.choices[0]!.delta.content], ['assistant', 'Hello'])
  assert.is((await chat({ ...asked, echo: false }, llm)).choices[0]!.message.content, ' there')
})

test('add_generation_prompt: false leaves the answer’s beginning out of the prompt', async () => {
  const llm = fakeLlm(() => 'ok')
  await chat({ add_generation_prompt: false }, llm)
  assert.is(promptOf(llm), '<|im_start|>user\nHi<|im_end|>\n')
})

test('include_reasoning: false leaves reasoning out, and it counts', async () => {
  const llm = fakeLlm(() => '<think>Hm, hm.</think>Yes.')
  const sides = { ANSWER_FORMAT: thinking }
  const shown = (await chat({}, llm, sides)).choices[0]!.message
  assert.equal([shown.reasoning_content?.trim(), shown.reasoning?.trim(), shown.content?.trim()], ['Hm, hm.', 'Hm, hm.', 'Yes.'])
  const hidden = await chat({ include_reasoning: false }, llm, sides)
  assert.equal(Object.keys(hidden.choices[0]!.message), ['role', 'content', 'refusal'])
  assert.is(hidden.choices[0]!.message.content?.trim(), 'Yes.')
  assert.ok(hidden.usage.completion_tokens_details.reasoning_tokens > 0)
  const streamed = await chunks({ include_reasoning: false }, llm, sides)
  assert.not(streamed.some(({ choices }) => choices[0]?.delta.reasoning_content !== undefined))
  assert.is(
    streamed
      .map(({ choices }) => choices[0]!.delta.content ?? '')
      .join('')
      .trim(),
    'Yes.',
  )
})

test('functions are tools, and are called in OpenAI’s older words', async () => {
  const llm = fakeLlm(() => called)
  const sides = { ANSWER_FORMAT: hermes }
  const asked = { functions: [weather], function_call: 'auto' }
  const [choice] = (await chat(asked, llm, sides)).choices
  assert.is(choice!.finish_reason, 'function_call')
  assert.is(choice!.message.function_call?.name, 'weather')
  assert.equal(JSON.parse(choice!.message.function_call!.arguments), { city: 'Oslo' })
  assert.not('tool_calls' in choice!.message)
  assert.match(promptOf(llm), '"name": "weather"')

  const streamed = await chunks(asked, llm, sides)
  const calls = streamed.flatMap(({ choices }) => choices[0]!.delta.function_call ?? [])
  assert.is(calls[0]!.name, 'weather')
  assert.equal(JSON.parse(calls.map((call) => call.arguments).join('')), { city: 'Oslo' })
  assert.is(streamed.at(-1)!.choices[0]!.finish_reason, 'function_call')

  const [tool] = (await chat({ tools: [{ type: 'function', function: weather }] }, llm, sides)).choices
  assert.equal([tool!.finish_reason, tool!.message.tool_calls?.[0]?.function.name], ['tool_calls', 'weather'])
})

test('n answers come in the order of their index', async () => {
  const { choices } = await chat(
    { n: 4 },
    fakeLlm((choice) => 'x'.repeat(9 - choice)),
  )
  assert.equal(
    choices.map(({ index, message }) => [index, message.content?.length]),
    [
      [0, 9],
      [1, 8],
      [2, 7],
      [3, 6],
    ],
  )
})

test.run()
