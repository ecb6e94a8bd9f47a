import type Anthropic from '@anthropic-ai/sdk'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type EngineError, liveRuns } from '../../engine/index.ts'
import { answerFormat } from '../../servables/answer-format/index.ts'
import type { ChatTemplate, Conversation } from '../../servables/index.ts'
import { byteTokenizer, type FakeLlm, fakeLlm, lineTemplate, payloadOf } from '../support/fakes.ts'
import { bodiesOf, libraryGraph } from '../support/run-graph.ts'

const before = liveRuns()
const messages = await libraryGraph('messages')
const counting = await libraryGraph('messages/count_tokens')
const hello = { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] }

const ask = (json: object, llm: FakeLlm = fakeLlm(() => 'Hello'), template = lineTemplate) =>
  bodiesOf(messages, payloadOf(json), {
    LLM: llm,
    TOKENIZER: byteTokenizer,
    CHAT_TEMPLATE: template,
    ANSWER_FORMAT: answerFormat('', 'hermes3', 'none'),
  })

async function askWhole(json: object, llm?: FakeLlm): Promise<Anthropic.Message> {
  const [body] = await ask(json, llm)
  assert.is(body!.contentType, 'application/json')
  return JSON.parse(body!.data)
}

/** What the template is given. */
async function conversationOf(json: object): Promise<Conversation> {
  let seen: Conversation | undefined
  const template: ChatTemplate = {
    ...lineTemplate,
    async render(conversation) {
      seen = conversation
      return 'prompt'
    },
  }
  await ask({ ...hello, ...json }, undefined, template)
  return seen!
}

test('answers whole', async () => {
  const answer = await askWhole(hello)
  assert.equal([answer.id, answer.type, answer.role, answer.model], ['msg_r1', 'message', 'assistant', 'fake'])
  assert.equal(answer.content, [{ type: 'text', text: 'Hello', citations: null }])
  assert.equal([answer.stop_reason, answer.stop_sequence], ['end_turn', null])
  assert.equal([answer.usage.input_tokens, answer.usage.output_tokens], ['user: Hi\nassistant: '.length, 5])
})

test('streams named events, without an end mark', async () => {
  const bodies = await ask({ ...hello, stream: true })
  const events = bodies.map(({ data }) => /^event: (\S+)\ndata: (.*)\n\n$/.exec(data)!)
  assert.equal(
    events.map(([, name]) => name),
    events.map(([, , json]) => (JSON.parse(json!) as { type: string }).type),
  )
  assert.is(events.at(-1)![1], 'message_stop')
})

test('max_tokens cuts, and says so', async () => {
  assert.is((await askWhole({ ...hello, max_tokens: 2 })).stop_reason, 'max_tokens')
})

test('a conversation of blocks is what templates know', async () => {
  const conversation = await conversationOf({
    system: [
      { type: 'text', text: 'Be' },
      { type: 'text', text: 'kind.' },
    ],
    messages: [
      { role: 'user', content: 'One' },
      { role: 'user', content: [{ type: 'text', text: 'Two' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 's' },
          { type: 'redacted_thinking', data: 'x' },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'c', name: 'look', input: { at: 1 } },
          { type: 'tool_use', id: 'd', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c', content: [{ type: 'text', text: 'found' }] },
          { type: 'tool_result', tool_use_id: 'd', is_error: true },
          { type: 'text', text: 'And?' },
        ],
      },
    ],
    tools: [{ name: 'look', description: 'Looks.', input_schema: { type: 'object' } }],
  })
  const look = (id: string, args: object) => ({ id, type: 'function', function: { name: 'look', arguments: args } })
  assert.equal(conversation.messages, [
    { role: 'system', content: 'Be\nkind.' },
    { role: 'user', content: 'One\nTwo' },
    {
      role: 'assistant',
      content: 'I look.',
      reasoning_content: 'Hm.',
      reasoning: 'Hm.',
      tool_calls: [look('c', { at: 1 }), look('d', {})],
    },
    { role: 'tool', content: 'found', tool_call_id: 'c' },
    { role: 'tool', content: '', tool_call_id: 'd' },
    { role: 'user', content: 'And?' },
  ])
  const tool = { name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: undefined }
  assert.equal(conversation.tools, [{ type: 'function', function: tool }])
})

test('an answer goes on with what the assistant said last', async () => {
  const question = { role: 'user', content: 'Hi' }
  const begun = await conversationOf({ messages: [question, { role: 'assistant', content: 'Well' }] })
  assert.equal([begun.continueFinalMessage, begun.addGenerationPrompt], [true, false])
  const fresh = await conversationOf({})
  assert.equal([fresh.continueFinalMessage, fresh.addGenerationPrompt], [false, true])
})

test('a string that stopped the answer is named', async () => {
  const answer = await askWhole(
    { ...hello, stop_sequences: ['lo', 'x'] },
    fakeLlm(() => 'Hello'),
  )
  assert.equal([answer.stop_reason, answer.stop_sequence], ['stop_sequence', 'lo'])
  assert.equal(answer.content, [{ type: 'text', text: 'Hel', citations: null }])
})

test('a model thinks when the request enables it', async () => {
  const thinkingOf = async (json: object) => (await conversationOf(json)).variables.enable_thinking
  assert.is(await thinkingOf({}), false)
  assert.is(await thinkingOf({ thinking: { type: 'disabled' } }), false)
  assert.is(await thinkingOf({ max_tokens: 1025, thinking: { type: 'enabled', budget_tokens: 1024 } }), true)
  assert.is(await thinkingOf({ thinking: { type: 'adaptive' } }), true)
})

test('what a model does not read is named', async () => {
  const words = (content: unknown) =>
    ask({ ...hello, messages: [{ role: 'user', content }] }).then(String, (error: EngineError) => error.message)
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '' } }
  assert.match(await words([image]), /messages\[0\]\.content\[0\]\.type must be "text", as this model does not support image/)
  assert.match(await words([{ type: 'document' }]), /does not support document input/)
  const result = { type: 'tool_result', tool_use_id: 'a', content: [image] }
  assert.match(await words([result]), /content\[0\]\.content\[0\]\.type must be "text", as this model does not support image/)
  assert.match(await words([{ type: 'search_result' }]), /one of "text", .*; got "search_result"/)
})

test('tools that must not be used are not shown', async () => {
  const tools = [{ name: 'look', input_schema: { type: 'object' } }]
  assert.is((await conversationOf({ tools, tool_choice: { type: 'none' } })).tools, undefined)
  assert.is((await conversationOf({ tools, tool_choice: { type: 'auto' } })).tools?.length, 1)
})

test('an answer that must use a tool is held to it', async () => {
  const tools = [{ name: 'look', input_schema: { type: 'object' } }]
  const grammarOf = async (tool_choice: object) => {
    const llm = fakeLlm(() => 'Hello')
    await ask({ ...hello, tools, tool_choice }, llm)
    return llm.requests[0]!.params.grammar
  }
  assert.is(await grammarOf({ type: 'auto' }), undefined)
  assert.ok(await grammarOf({ type: 'any' }))
  assert.ok(await grammarOf({ type: 'tool', name: 'look' }))
})

test('an answer is held to the schema of output_config', async () => {
  const schema = { type: 'object', properties: { a: { type: 'integer' } } }
  const llm = fakeLlm(() => '{"a":1}')
  await ask({ ...hello, output_config: { format: { type: 'json_schema', schema }, effort: 'low' } }, llm)
  const { grammar, grammarField } = llm.requests[0]!.params
  assert.equal([grammar, grammarField], [{ type: 'json_schema', schema }, 'output_config.format.schema'])
})

test('sampling fields reach the model', async () => {
  const llm = fakeLlm(() => 'Hello')
  await ask({ ...hello, temperature: 0.5, top_p: 0.9, top_k: 3, stop_sequences: ['END'] }, llm)
  const { temperature, topP, topK, stop, maxTokens } = llm.requests[0]!.params
  assert.equal([temperature, topP, topK, stop, maxTokens], [0.5, 0.9, 3, ['END'], 100])
})

test('what can not be done is refused, with the field', async () => {
  const said = (content: unknown, role = 'user') => ({ ...hello, messages: [{ role, content }] })
  const cases: [object, string, string][] = [
    [{ messages: hello.messages }, 'missing_required_parameter', 'max_tokens'],
    [{ max_tokens: 1 }, 'missing_required_parameter', 'messages'],
    [{ ...hello, messages: [] }, 'invalid_value', 'messages'],
    [{ ...hello, max_tokens: 0 }, 'invalid_value', 'max_tokens'],
    [said('a', 'robot'), 'invalid_value', 'messages[0].role'],
    [said(3), 'invalid_type', 'messages[0].content'],
    [said([{ type: 'image', source: {} }]), 'invalid_value', 'messages[0].content[0].type'],
    [said([{}]), 'missing_required_parameter', 'messages[0].content[0].type'],
    [said([{ type: 'tool_result' }]), 'missing_required_parameter', 'messages[0].content[0].tool_use_id'],
    [said([{ type: 'tool_use', id: 'a', name: 'f', input: 'x' }]), 'invalid_type', 'messages[0].content[0].input'],
    [{ ...hello, system: 3 }, 'invalid_type', 'system'],
    [{ ...hello, temperature: 1.5 }, 'invalid_value', 'temperature'],
    [{ ...hello, tools: [{ name: 'f' }] }, 'missing_required_parameter', 'tools[0].input_schema'],
    [{ ...hello, tools: [{ type: 'bash_20250124', name: 'bash', input_schema: {} }] }, 'invalid_value', 'tools[0].type'],
    [{ ...hello, tool_choice: { type: 'any' } }, 'invalid_value', 'tool_choice'],
    [{ ...hello, tool_choice: { type: 'tool', name: 'f' } }, 'invalid_value', 'tool_choice.name'],
    [{ ...hello, tool_choice: { type: 'x' } }, 'invalid_value', 'tool_choice.type'],
    [{ ...hello, tools: [{ name: 'a.b', input_schema: {} }] }, 'invalid_value', 'tools[0].name'],
    [{ ...hello, tools: [{ name: 'a'.repeat(129), input_schema: {} }] }, 'invalid_value', 'tools[0].name'],
    [{ ...hello, thinking: { type: 'x' } }, 'invalid_value', 'thinking.type'],
    [{ ...hello, thinking: { type: 'enabled' } }, 'missing_required_parameter', 'thinking.budget_tokens'],
    [{ ...hello, thinking: { type: 'enabled', budget_tokens: 1023 } }, 'invalid_value', 'thinking.budget_tokens'],
    [
      { ...hello, max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 2000 } },
      'invalid_value',
      'thinking.budget_tokens',
    ],
    [{ ...hello, container: 'c' }, 'unsupported_parameter', 'container'],
    [said('x'.repeat(5000)), 'context_length_exceeded', 'messages'],
  ]
  for (const [json, code, param] of cases) {
    const error: EngineError = await ask(json).then(
      () => assert.unreachable(JSON.stringify(json)) as never,
      (error) => error,
    )
    assert.equal([error.code, error.param], [code, param], JSON.stringify(json).slice(0, 100))
  }
})

test('counts the tokens of a conversation', async () => {
  const { max_tokens: _, ...body } = hello
  const [answer] = await bodiesOf(counting, payloadOf(body), { TOKENIZER: byteTokenizer, CHAT_TEMPLATE: lineTemplate })
  assert.equal(JSON.parse(answer!.data), { input_tokens: 'user: Hi\nassistant: '.length })
})

test('no run outlives its request', () => {
  assert.is(liveRuns(), before)
})

test.run()
