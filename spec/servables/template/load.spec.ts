import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { EngineError } from '../../../engine/index.ts'
import type { ChatTemplate, Conversation, TemplateMessage } from '../../../servables/template/chat-template.ts'
import { loadChatTemplate } from '../../../servables/template/index.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/models')

const templates: ChatTemplate[] = []
test.after(async () => void (await Promise.all(templates.map((template) => template.dispose()))))

const withFiles = async (files: Readonly<Record<string, unknown>>, patience?: number): Promise<ChatTemplate> => {
  const directory = await mkdtemp(join(tmpdir(), 'template-'))
  try {
    for (const [name, contents] of Object.entries(files)) {
      await writeFile(join(directory, name), typeof contents === 'string' ? contents : JSON.stringify(contents))
    }
    const template = await loadChatTemplate(directory, patience)
    templates.push(template)
    return template
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
    assert.is(await template.render(conversation({ messages, tools })), text)
})

test('chat_template.jinja wins over tokenizer_config.json', async () => {
  const both = await withFiles({ 'chat_template.jinja': 'file', 'tokenizer_config.json': { chat_template: 'config' } })
  assert.is(await both.render(conversation()), 'file')
  const one = await withFiles({ 'tokenizer_config.json': { chat_template: 'config' } })
  assert.is(await one.render(conversation()), 'config')
})

test('of a list, the tool_use template renders conversations with tools', async () => {
  const chat_template = [
    { name: 'default', template: 'plain' },
    { name: 'tool_use', template: '{{ tools | length }} tools' },
  ]
  const template = await withFiles({ 'tokenizer_config.json': { chat_template } })
  assert.is(await template.render(conversation()), 'plain')
  assert.is(await template.render(conversation({ tools: [{}, {}] })), '2 tools')
})

test('special tokens come from both files, as texts or as objects, and the configuration wins', async () => {
  const template = await withFiles({
    'chat_template.jinja': '{{ bos_token }} {{ eos_token }} {{ pad_token }}',
    'special_tokens_map.json': { bos_token: { content: '<s>' }, eos_token: '</s>' },
    'tokenizer_config.json': { eos_token: { content: '<end>', lstrip: false }, pad_token: '<pad>', bos_token: null },
  })
  assert.is(await template.render(conversation()), '<s> <end> <pad>')
})

test("a request's variables reach the template, but not in place of the conversation", async () => {
  const template = await withFiles({
    'chat_template.jinja': '{{ enable_thinking }} {{ messages | length }} {{ add_generation_prompt }}',
  })
  const text = await template.render(
    conversation({ variables: { enable_thinking: 'no', messages: [], add_generation_prompt: 3 } }),
  )
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
  assert.is(await template.render(conversation({ messages: called({ a: 1 }) })), 'n c1 {"a": 1}')
  assert.is(await template.render(conversation({ messages: called('{"a": 1}') })), 'n c1 "{\\"a\\": 1}"')
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
  assert.match(await template.render(conversation()), /^\d{4}$/)
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

const messagesOf = (count: number, content = 'hi'): TemplateMessage[] =>
  Array.from({ length: count }, (_, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }))

test('a template that comes to no end refuses the conversation, those that wait too, and renders the next that it can', async () => {
  const endless = `{% for m in messages %}{% if m.content == 'loop' %}{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}{% endif %}{% endfor %}done`
  const template = await withFiles({ 'chat_template.jinja': endless }, 2000)
  let turns = 0
  const ticking = setInterval(() => turns++, 10)
  const looping = conversation({ messages: messagesOf(1, 'loop') })
  const outcomes = await Promise.all([
    errorOf(() => template.render(looping)),
    errorOf(() => template.render(looping)),
    template.render(conversation()),
  ])
  clearInterval(ticking)
  const [first, second, last] = outcomes
  assert.equal([first.code, first.param, second.code, last], ['invalid_value', 'messages', 'invalid_value', 'done'])
  assert.match(first.message, 'does not come to an end')
  assert.ok(turns > 20, 'meanwhile this thread goes on')
})

test('too many conversations that wait for a template are refused', async () => {
  const template = await withFiles({ 'chat_template.jinja': '{{ messages | length }}' })
  const all = await Promise.allSettled(Array.from({ length: 80 }, () => template.render(conversation())))
  const refused = all.flatMap((each) => (each.status === 'rejected' ? [(each.reason as EngineError).code] : []))
  assert.equal(
    refused,
    Array.from({ length: 16 }, () => 'overloaded'),
  )
})

test('a conversation is rendered the same, whether another like it was rendered before, or it is too large for this thread', async () => {
  const template = await loadChatTemplate(join(fixtures, 'tiny-llama'))
  templates.push(template)
  for (const count of [1, 3, 100, 10_000]) {
    const messages = messagesOf(count)
    const text = await template.render(conversation({ messages }))
    assert.is(await template.render(conversation({ messages })), text)
    assert.is(text.split('hi').length - 1, count)
    const more = messages.map((message) => ({ ...message, content: 'ho' }))
    assert.is(await template.render(conversation({ messages: more })), text.replaceAll('hi', 'ho'))
  }
})

test.run()
