import type OpenAI from 'openai'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError, liveRuns } from '../../engine/index.ts'
import { plainFormat } from '../../servables/answer-format/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'
import { textDoor } from '../support/text-door.ts'

const before = liveRuns()
const responses = await libraryGraph('responses')
const counting = await libraryGraph('responses/input_tokens')

const ask = (llm: FakeLlm, json: object, graph = responses) =>
  bodiesOf(graph, payloadOf(json), {
    LLM: llm,
    TOKENIZER: byteTokenizer,
    CHAT_TEMPLATE: lineTemplate,
    ANSWER_FORMAT: plainFormat,
  })

async function askWhole(json: object, llm = fakeLlm(() => 'Hello')): Promise<OpenAI.Responses.Response> {
  const [body] = await ask(llm, json)
  assert.is(body!.contentType, 'application/json')
  return JSON.parse(body!.data)
}

/** The prompt that an input becomes, a line a message. */
async function promptOf(json: object): Promise<string> {
  const llm = fakeLlm(() => 'Hello')
  await askWhole(json, llm)
  return byteTokenizer.decode(llm.requests[0]!.prompts[0]!)
}

const refusal = (json: object): Promise<EngineError> =>
  ask(
    fakeLlm(() => 'Hello'),
    json,
  ).then(
    () => assert.unreachable() as never,
    (error) => error,
  )

/** A model that fails behind three tokens. */
const failing = fakeLlm(() => '', {
  async *generate(prompts, params, signal) {
    let tokens = 0
    for await (const step of fakeLlm(() => 'Hello').generate(prompts, params, signal)) {
      if (tokens++ === 3) throw new EngineError('overloaded', 'Too much at once.')
      yield step
    }
  },
})

test('an answer that fails in its stream ends with the error, and with the failed response', async () => {
  const { ask } = textDoor({ llm: failing })
  const body = await (await ask('responses', { model: 'fake', input: 'Hi', stream: true })).text()
  const events = body
    .trimEnd()
    .split('\n\n')
    .map((event) => JSON.parse(/^data: (.*)$/m.exec(event)![1]!))
  assert.equal(
    events.map(({ sequence_number }) => sequence_number),
    events.map((_, index) => index),
  )
  const [error, { type, response }] = events.slice(-2)
  assert.equal([error.type, error.code, error.message], ['error', 'overloaded', 'Too much at once.'])
  assert.equal([type, response.status, response.id], ['response.failed', 'failed', events[0].response.id])
  assert.equal(response.error, { code: 'server_error', message: 'Too much at once.' })
})

test('answers whole', async () => {
  const answer = await askWhole({ input: 'Hi', temperature: 0, metadata: { a: 'b' } })
  assert.equal([answer.id, answer.object, answer.status, answer.model], ['resp_r1', 'response', 'completed', 'fake'])
  assert.equal(answer.output, [
    {
      id: 'msg_r1',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Hello', annotations: [], logprobs: [] }],
      status: 'completed',
    },
  ])
  const { temperature, metadata, tools, tool_choice, truncation, store, error } = answer as typeof answer & { store: boolean }
  assert.equal(
    [temperature, metadata, tools, tool_choice, truncation, store, error],
    [0, { a: 'b' }, [], 'auto', 'disabled', false, null],
  )
})

test('streams named events, without an end mark; the last has the same response', async () => {
  const bodies = await ask(
    fakeLlm(() => 'né'),
    { input: 'Hi', stream: true },
  )
  const events = bodies.map(({ data }) => /^event: (\S+)\ndata: (.*)\n\n$/.exec(data)!)
  const parsed = events.map(([, , json]) => JSON.parse(json!) as OpenAI.Responses.ResponseStreamEvent)
  assert.equal(
    events.map(([, name]) => name),
    parsed.map(({ type }) => type),
  )
  const last = parsed.at(-1)
  assert.ok(last?.type === 'response.completed')
  const whole = await askWhole(
    { input: 'Hi' },
    fakeLlm(() => 'né'),
  )
  assert.equal({ ...last.response, created_at: 0 }, { ...whole, created_at: 0 })
})

test('an input is a text, or what was said and done so far', async () => {
  assert.is(await promptOf({ input: 'Hi', instructions: 'Be kind.' }), 'system: Be kind.\nuser: Hi\nassistant: ')
  const input = [
    { role: 'developer', content: 'Short.' },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_text', text: 'b' },
      ],
    },
    { type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'I look.', annotations: [] }],
    },
    { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'found' },
  ]
  assert.is(await promptOf({ input }), 'system: Short.\nuser: a\nb\nassistant: I look.\ntool: found\nassistant: ')
})

test('a model sees the tools, but those that it must not use', async () => {
  const tools = [{ type: 'function', name: 'look', parameters: { type: 'object' } }]
  assert.match(await promptOf({ input: 'Hi', tools }), /^tools: 1\n/)
  assert.not.match(await promptOf({ input: 'Hi', tools, tool_choice: 'none' }), /tools/)
  const [told] = (await askWhole({ input: 'Hi', tools })).tools
  assert.equal(told, { type: 'function', name: 'look', description: null, parameters: { type: 'object' }, strict: null })
})

test('max_output_tokens cuts, and says so', async () => {
  const answer = await askWhole({ input: 'Hi', max_output_tokens: 2 })
  assert.equal([answer.status, answer.incomplete_details], ['incomplete', { reason: 'max_output_tokens' }])
})

test('an input that is too long is cut at its beginning when truncation is auto', async () => {
  const llm = fakeLlm(() => 'Hello')
  await askWhole({ input: `${'x'.repeat(5000)}end`, truncation: 'auto', max_output_tokens: 100 }, llm)
  const prompt = byteTokenizer.decode(llm.requests[0]!.prompts[0]!)
  assert.is(prompt.length, 3996)
  assert.ok(prompt.endsWith('end\nassistant: '))
})

test('logprobs are told to those who include them', async () => {
  const textOf = ({ output }: OpenAI.Responses.Response) => (output[0] as OpenAI.Responses.ResponseOutputMessage).content[0]
  const include = ['message.output_text.logprobs']
  const part = textOf(await askWhole({ input: 'Hi', include, top_logprobs: 2 }))
  assert.ok(part?.type === 'output_text')
  assert.equal(
    part.logprobs?.map(({ token, top_logprobs }) => [token, top_logprobs.length]),
    [...'Hello'].map((letter) => [letter, 2]),
  )
  const silent = textOf(await askWhole({ input: 'Hi', top_logprobs: 2 }))
  assert.ok(silent?.type === 'output_text')
  assert.equal(silent.logprobs, [])
})

test('what can not be done is refused, with the field', async () => {
  const look = { type: 'function', name: 'look' }
  const cases: [object, string, string][] = [
    [{}, 'missing_required_parameter', 'input'],
    [{ input: '' }, 'invalid_value', 'input'],
    [{ input: [] }, 'invalid_value', 'input'],
    [{ input: 3 }, 'invalid_type', 'input'],
    [{ input: [3] }, 'invalid_type', 'input[0]'],
    [{ input: [{ role: 'user' }] }, 'missing_required_parameter', 'input[0].content'],
    [{ input: [{ role: 'robot', content: 'a' }] }, 'invalid_value', 'input[0].role'],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'invalid_value', 'input[0].type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'invalid_value', 'input[0].content[0].type'],
    [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'missing_required_parameter', 'input[0].call_id'],
    [{ input: 'a', previous_response_id: 'resp_1' }, 'unsupported_parameter', 'previous_response_id'],
    [{ input: 'a', conversation: 'c' }, 'unsupported_parameter', 'conversation'],
    [{ input: 'a', background: true }, 'unsupported_parameter', 'background'],
    [{ input: 'a', prompt: { id: 'p' } }, 'unsupported_parameter', 'prompt'],
    [{ input: 'a', n: 2 }, 'unsupported_parameter', 'n'],
    [{ input: 'a', include: ['everything'] }, 'invalid_value', 'include[0]'],
    [{ input: 'a', tools: [{ type: 'web_search' }] }, 'invalid_value', 'tools[0].type'],
    [{ input: 'a', tools: [{ type: 'function' }] }, 'missing_required_parameter', 'tools[0].name'],
    [{ input: 'a', tool_choice: 'required' }, 'invalid_value', 'tool_choice'],
    [{ input: 'a', tools: [look], tool_choice: { type: 'function', name: 'f' } }, 'invalid_value', 'tool_choice.name'],
    [
      {
        input: 'a',
        tools: [look],
        tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
      },
      'invalid_value',
      'tool_choice.tools[0].name',
    ],
    [{ input: 'a', max_output_tokens: 0 }, 'invalid_value', 'max_output_tokens'],
    [{ input: 'a', reasoning: { effort: 'huge' } }, 'invalid_value', 'reasoning.effort'],
    [{ input: 'a', truncation: 'middle' }, 'invalid_value', 'truncation'],
    [{ input: 'x'.repeat(5000) }, 'context_length_exceeded', 'input'],
  ]
  for (const [json, code, param] of cases) {
    const error = await refusal(json)
    assert.equal([error.code, error.param], [code, param], JSON.stringify(json).slice(0, 100))
  }
})

test('counts the tokens of an input', async () => {
  const [body] = await ask(
    fakeLlm(() => ''),
    { input: 'Hi' },
    counting,
  )
  assert.equal(JSON.parse(body!.data), { object: 'response.input_tokens', input_tokens: 'user: Hi\nassistant: '.length })
})

test('no run outlives its request', () => {
  assert.is(liveRuns(), before)
})

test.run()
