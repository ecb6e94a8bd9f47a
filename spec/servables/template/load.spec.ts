import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import type { ChatTemplate, Conversation, TemplateMessage } from '../../../servables/template/chat-template.ts'
import { loadChatTemplate } from '../../../servables/template/index.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/models')

const withFiles = async (files: Readonly<Record<string, unknown>>): Promise<ChatTemplate> => {
  const directory = await mkdtemp(join(tmpdir(), 'template-'))
  try {
    for (const [name, contents] of Object.entries(files)) {
      await writeFile(join(directory, name), typeof contents === 'string' ? contents : JSON.stringify(contents))
    }
    return await loadChatTemplate(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const conversation = (parts: Partial<Conversation> = {}): Conversation => ({
  messages: [{ role: 'user', content: 'hi' }],
  tools: undefined,
  addGenerationPrompt: true,
  variables: {},
  ...parts,
})

const errorOf = async (doing: () => unknown): Promise<EngineError> => {
  try {
    await doing()
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

interface Golden {
  readonly conversations: readonly {
    readonly messages: readonly TemplateMessage[]
    readonly tools?: readonly unknown[]
    readonly text: string
  }[]
}

test('conversations are rendered as transformers renders them', async () => {
  const template = await loadChatTemplate(join(fixtures, 'tiny-llama'))
  const golden: Golden = JSON.parse(await readFile(join(fixtures, 'tiny-llama/golden.json'), 'utf8'))
  assert.ok(golden.conversations.length > 3)
  for (const { messages, tools, text } of golden.conversations)
    assert.is(template.render(conversation({ messages, tools })), text)
})

test('chat_template.jinja wins over tokenizer_config.json', async () => {
  const both = await withFiles({ 'chat_template.jinja': 'file', 'tokenizer_config.json': { chat_template: 'config' } })
  assert.is(both.render(conversation()), 'file')
  const one = await withFiles({ 'tokenizer_config.json': { chat_template: 'config' } })
  assert.is(one.render(conversation()), 'config')
})

test('of a list, the tool_use template renders conversations with tools', async () => {
  const chat_template = [
    { name: 'default', template: 'plain' },
    { name: 'tool_use', template: '{{ tools | length }} tools' },
  ]
  const template = await withFiles({ 'tokenizer_config.json': { chat_template } })
  assert.is(template.render(conversation()), 'plain')
  assert.is(template.render(conversation({ tools: [{}, {}] })), '2 tools')
})

test('special tokens come from both files, as texts or as objects, and the configuration wins', async () => {
  const template = await withFiles({
    'chat_template.jinja': '{{ bos_token }} {{ eos_token }} {{ pad_token }}',
    'special_tokens_map.json': { bos_token: { content: '<s>' }, eos_token: '</s>' },
    'tokenizer_config.json': { eos_token: { content: '<end>', lstrip: false }, pad_token: '<pad>', bos_token: null },
  })
  assert.is(template.render(conversation()), '<s> <end> <pad>')
})

test("a request's variables reach the template, but not in place of the conversation", async () => {
  const template = await withFiles({
    'chat_template.jinja': '{{ enable_thinking }} {{ messages | length }} {{ add_generation_prompt }}',
  })
  const text = template.render(conversation({ variables: { enable_thinking: 'no', messages: [], add_generation_prompt: 3 } }))
  assert.is(text, 'no 1 true')
})

test("a variable of one of the template language's own names is the client's mistake", async () => {
  const template = await withFiles({ 'chat_template.jinja': 'x' })
  const error = await errorOf(() => template.render(conversation({ variables: { range: 1 } })))
  assert.is(error.code, 'invalid_value')
  assert.is(error.param, 'chat_template_kwargs.range')
})

test('all fields of messages reach the template', async () => {
  const template = await withFiles({
    'chat_template.jinja':
      '{% for m in messages %}{{ m.name }} {{ m.tool_call_id }} {{ m.tool_calls[0].function.arguments | tojson }}{% endfor %}',
  })
  const message = { role: 'assistant', content: null, name: 'n', tool_call_id: 'c1' }
  const called = (args: unknown) => [{ ...message, tool_calls: [{ function: { name: 'f', arguments: args } }] }]
  assert.is(template.render(conversation({ messages: called({ a: 1 }) })), 'n c1 {"a": 1}')
  assert.is(template.render(conversation({ messages: called('{"a": 1}') })), 'n c1 "{\\"a\\": 1}"')
})

test("what a template raises is told in its words, and is the client's mistake", async () => {
  const template = await withFiles({ 'chat_template.jinja': "{{ raise_exception('Roles must alternate') }}" })
  const error = await errorOf(() => template.render(conversation()))
  assert.is(error.code, 'invalid_value')
  assert.is(error.param, 'messages')
  assert.match(error.message, /Roles must alternate/)
})

test('a conversation that a template stumbles over, and one that becomes too long, are refused', async () => {
  const stumbling = await withFiles({ 'chat_template.jinja': '{{ messages[0].content | nothing }}' })
  assert.is((await errorOf(() => stumbling.render(conversation()))).code, 'invalid_value')
  const long = await withFiles({ 'chat_template.jinja': '{{ messages[0].content }}{{ messages[0].content }}' })
  const messages = [{ role: 'user', content: 'x'.repeat(3 * 1024 * 1024) }]
  assert.is((await errorOf(() => long.render(conversation({ messages })))).param, 'messages')
})

test('the date is there for templates that ask', async () => {
  const template = await withFiles({ 'chat_template.jinja': "{{ strftime_now('%Y') }}" })
  assert.match(template.render(conversation()), /^\d{4}$/)
})

test('templates that cannot be parsed and files that are broken are bad models', async () => {
  assert.is((await errorOf(() => withFiles({ 'chat_template.jinja': '{% if %}' }))).code, 'bad_model')
  assert.is((await errorOf(() => withFiles({ 'tokenizer_config.json': '{' }))).code, 'bad_model')
  assert.is((await errorOf(() => withFiles({ 'tokenizer_config.json': { chat_template: 5 } }))).code, 'bad_model')
  assert.is((await errorOf(() => withFiles({ 'tokenizer_config.json': { chat_template: [] } }))).code, 'bad_model')
})

test('a model without a template refuses conversations only when one comes', async () => {
  const template = await withFiles({})
  assert.is((await errorOf(() => template.render(conversation()))).code, 'invalid_value')
})

test.run()
