import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { EngineError } from '../../../engine/index.ts'
import type { AnswerFormat, AnswerPart, AnswerWish } from '../../../servables/answer-format/answer-format.ts'
import { joinFormats } from '../../../servables/answer-format/format.ts'
import { reasoningFormats } from '../../../servables/answer-format/reasoning-formats.ts'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'
import { GrammarService, type GrammarSpec, isAllowed, layOut } from '../../../servables/grammar/index.ts'
import { byteVocabulary, vocabularyOf, walk } from '../grammar/walks.ts'

const Weather = z.strictObject({ city: z.enum(['Rome', 'Oslo']), days: z.int().min(1).max(14) })
const weather = { name: 'get_weather', parameters: { ...z.toJSONSchema(Weather) } }
const now = { name: 'now' }
const wish = (fields: Partial<AnswerWish>): AnswerWish => ({
  text: undefined,
  tools: [weather, now],
  toolChoice: 'required',
  parallelToolCalls: true,
  ...fields,
})
const yes: GrammarSpec = { type: 'choice', options: ['yes', 'no'] }

const toolFormat = (name: string) => toolFormats.find(({ names }) => names.includes(name))
const reasoningFormat = (name: string) => reasoningFormats.find(({ names }) => names.includes(name))

function read(format: AnswerFormat, asked: AnswerWish, text: string, prompt = '') {
  const parser = format.parser(asked, prompt)
  const parts: AnswerPart[] = [...parser.push(text), ...parser.end()]
  const joined = (type: 'content' | 'reasoning') => parts.map((part) => (part.type === type ? part.text : '')).join('')
  const calls = parts
    .filter((part) => part.type === 'call')
    .map(({ name, index }) => ({
      name,
      arguments: parts.map((part) => (part.type === 'arguments' && part.index === index ? part.text : '')).join(''),
    }))
  return { content: joined('content'), reasoning: joined('reasoning'), calls }
}

const vocabulary = await vocabularyOf('demo-chat')

const walking = new GrammarService(vocabulary, { threads: 1 })
const taking = new GrammarService(byteVocabulary, { threads: 1 })
test.after(async () => {
  await Promise.all([walking.dispose(), taking.dispose()])
})

async function walks(format: AnswerFormat, asked: AnswerWish, prompt = '', seeds = [1, 2, 3, 4, 5, 6]): Promise<string[]> {
  const spec = format.grammar(asked, prompt)
  if (spec === undefined) throw new Error('the answer is free')
  const all = await Promise.all(seeds.map((seed) => walk(walking, vocabulary, spec, seed)))
  return all.filter(({ ended }) => ended).map(({ bytes }) => bytes.toString())
}

/** Whether a text may come whole, and be all. */
async function takes(format: AnswerFormat, asked: AnswerWish, text: string, prompt = ''): Promise<boolean> {
  const spec = format.grammar(asked, prompt)
  if (spec === undefined) return true
  const matcher = await taking.open(spec)
  try {
    for (const byte of Buffer.from(text)) {
      await matcher.settled()
      if (!isAllowed(matcher.masks[0]!, byte + 2)) return false
      matcher.accept(byte + 2)
    }
    await matcher.settled()
    return isAllowed(matcher.masks[0]!, 1)
  } finally {
    matcher.close()
  }
}
for (const row of toolFormats) {
  test(`${row.names[0]}: calls that are required are read as they were meant`, async () => {
    const format = joinFormats(row, undefined)
    const texts = await walks(format, wish({}))
    assert.ok(texts.length > 0, 'none came to its end')
    for (const text of texts) {
      const { content, calls } = read(format, wish({}), text)
      assert.is(content.trim(), '', text)
      assert.ok(calls.length > 0, text)
      for (const call of calls) {
        assert.ok(['get_weather', 'now'].includes(call.name), text)
        const value = JSON.parse(call.arguments)
        if (call.name === 'now') assert.equal(value, {}, text)
        else Weather.parse(value)
      }
    }
    const [one] = await walks(format, wish({ toolChoice: { name: 'now' }, parallelToolCalls: false }), '', [9])
    assert.equal(
      read(format, wish({}), one!).calls.map(({ name }) => name),
      ['now'],
    )
  })
}

test('reasoning comes first, if the prompt has begun it or the model does, and not behind its end', async () => {
  const qwen = joinFormats(toolFormat('hermes3'), reasoningFormat('qwen3'))
  const asked = wish({ tools: [], toolChoice: 'auto', text: yes })
  for (const [text, prompt, isTaken] of [
    ['yes', '<|im_start|>assistant\n', true],
    ['<think>\nWell, {"a"}.</think>\n\nno', '<|im_start|>assistant\n', true],
    ['Well.</think>\n\nno', '<think>\n', true],
    ['no', '<think>\n', false],
    ['no', '<think>\n\n</think>\n\n', true],
    ['<think>a</think>no', '<think>\n\n</think>\n\n', false],
    ['<think>a</think>maybe', '', false],
    ['perhaps', '', false],
  ] as const) {
    assert.is(await takes(qwen, asked, text, prompt), isTaken, `${prompt}${text}`)
  }
  const begun = (text: string) => ({ ...asked, begun: text })
  assert.ok(await takes(qwen, begun('<think>\nWell,'), ' so.</think>\n\nno', '<think>\nWell,'))
  assert.not(await takes(qwen, begun('<think>\nWell,'), 'no', '<think>\nWell,'))
  assert.not(await takes(qwen, begun('It is '), '<think>a</think>no', 'It is '))
  const called = '<think>a</think>\n\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'
  assert.ok(await takes(qwen, wish({}), called))
  assert.not(await takes(qwen, wish({}), '<think>a</think>\n\nyes'))
})

test('where the model may call, text is free, and a call that has begun is valid', async () => {
  const hermes = joinFormats(toolFormat('hermes3'), undefined)
  const strict = wish({ toolChoice: 'auto', tools: [{ ...weather, strict: true }, now] })
  const call = (args: string, name = 'get_weather') => `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`
  assert.ok(await takes(hermes, strict, 'It is {"sunny": 1}, <b>I</b> think.'))
  assert.ok(await takes(hermes, strict, `Let me look.\n${call('{"city": "Rome", "days": 3}')}`))
  assert.ok(await takes(hermes, strict, `${call('{"city":"Oslo","days":14}')}\n${call('{"any": [1]}', 'now')}`))
  assert.not(await takes(hermes, strict, call('{"city": "Bonn", "days": 3}')))
  assert.not(await takes(hermes, strict, call('{}', 'other')))
  const one = { ...strict, parallelToolCalls: false }
  assert.not(await takes(hermes, one, `${call('{}', 'now')}\n${call('{}', 'now')}`))
  assert.is(hermes.grammar(wish({ toolChoice: 'auto' }), ''), undefined)
  assert.is.not(joinFormats(toolFormat('hermes3'), undefined, true).grammar(wish({ toolChoice: 'auto' }), ''), undefined)
})

test('with a form of text, the answer has it or is a call', async () => {
  const hermes = joinFormats(toolFormat('hermes3'), undefined)
  const asked = wish({ toolChoice: 'auto', text: yes })
  assert.ok(await takes(hermes, asked, 'yes'))
  assert.ok(await takes(hermes, asked, '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'))
  assert.not(await takes(hermes, asked, 'yes <tool_call>'))
  assert.not(await takes(hermes, asked, 'well'))
})

test('EBNF and structural tags of the request come behind reasoning, or a call in their place', async () => {
  const tag = { type: 'tag', begin: '<n>', content: { type: 'regex', pattern: '[0-9]+' }, end: '</n>' }
  const forms: readonly GrammarSpec[] = [
    { type: 'grammar', text: 'root ::= "<n>" number "</n>"\nnumber ::= [0-9]+' },
    { type: 'structural_tag', tag },
  ]
  const qwen = joinFormats(toolFormat('hermes3'), reasoningFormat('qwen3'))
  const command = joinFormats(undefined, reasoningFormat('command'))
  const gptoss = joinFormats(toolFormat('gptoss'), reasoningFormat('gptoss'))
  const call = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'
  for (const text of forms) {
    const asked = wish({ text, toolChoice: 'auto' })
    const alone = { ...asked, tools: [] }
    for (const [format, wanted, written, prompt, isTaken] of [
      [qwen, alone, '<n>42</n>', '', true],
      [qwen, alone, '<think>Well, <n>x.</think>\n\n<n>42</n>', '', true],
      [qwen, alone, 'Well.</think><n>42</n>', '<think>\n', true],
      [qwen, alone, '<n>42</n>', '<think>\n', false],
      [qwen, alone, '<think>a</think><n>42</n>', '<think>\n\n</think>\n\n', false],
      [qwen, alone, '<n>x</n>', '', false],
      [qwen, alone, call, '', false],
      [qwen, asked, '<n>42</n>', '', true],
      [qwen, asked, `<think>a</think>${call}`, '', true],
      [qwen, asked, `<n>42</n>${call}`, '', false],
      [qwen, { ...asked, toolChoice: 'required' as const }, '<n>42</n>', '', false],
      [qwen, { ...asked, toolChoice: 'required' as const }, call, '', true],
      [command, alone, '<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|><n>42</n><|END_RESPONSE|>', '', true],
      [gptoss, asked, '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|><n>42</n>', '', true],
      [gptoss, asked, '<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}', '', true],
      [gptoss, asked, '<n>42</n>', '', false],
    ] as const)
      assert.is(await takes(format, wanted, written, prompt), isTaken, `${text.type}: ${prompt}${written}`)
  }
})

test('tags of the request among free text come behind reasoning', async () => {
  const tag = { type: 'tag', begin: '<n>', content: { type: 'regex', pattern: '[0-9]+' }, end: '</n>' }
  const text: GrammarSpec = { type: 'structural_tag', tag: { type: 'triggered_tags', triggers: ['<n>'], tags: [tag] } }
  const asked = wish({ text, tools: [], toolChoice: 'auto' })
  const qwen = joinFormats(undefined, reasoningFormat('qwen3'))
  const gptoss = joinFormats(undefined, reasoningFormat('gptoss'))
  assert.ok(await takes(qwen, asked, '<think>Well.</think>It is <n>42</n>, or <n>7</n>.'))
  assert.ok(await takes(qwen, asked, 'It is <n>42</n>.'))
  assert.not(await takes(qwen, asked, '<think>Well.</think>It is <n>x</n>.'))
  assert.ok(await takes(gptoss, asked, '<|channel|>final<|message|>It is <n>42</n>.'))
})

test('tags of the request among free text do not combine with tools, and that is said', () => {
  const text: GrammarSpec = { type: 'structural_tag', tag: { type: 'triggered_tags', triggers: ['<n>'], tags: [] } }
  const grammar = () => joinFormats(toolFormat('hermes3'), undefined).grammar(wish({ text, toolChoice: 'auto' }), '')
  assert.throws(
    grammar,
    (error: EngineError) => error.code === 'unsupported_parameter' && /do not combine with tools/.test(error.message),
  )
})

test('gpt-oss: a forced call comes behind its analysis, or without one', async () => {
  const format = joinFormats(toolFormat('gptoss'), reasoningFormat('gptoss'))
  const call = '<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}'
  const forced = wish({ toolChoice: { name: 'now' } })
  assert.ok(await takes(format, forced, call))
  assert.ok(await takes(format, forced, `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant${call}`))
  assert.not(await takes(format, forced, '<|channel|>analysis<|message|>Hm.<|end|>'))
  const written = `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant${call}`
  assert.equal(read(format, forced, written), { content: '', reasoning: 'Hm.', calls: [{ name: 'now', arguments: '{}' }] })
})

test('gpt-oss: analysis, then the final channel or a call', async () => {
  const format = joinFormats(toolFormat('gptoss'), reasoningFormat('gptoss'))
  const thought = '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant'
  const call = '<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}'
  assert.ok(await takes(format, wish({}), thought + call))
  assert.not(await takes(format, wish({}), `${thought}<|channel|>final<|message|>yes`))
  const auto = wish({ toolChoice: 'auto', text: yes })
  assert.ok(await takes(format, auto, `${thought}<|channel|>final<|message|>yes`))
  assert.ok(await takes(format, auto, call))
})

test('gpt-oss: an answer goes on with the message that the prompt has begun', async () => {
  const format = joinFormats(toolFormat('gptoss'), reasoningFormat('gptoss'))
  const call = '<|channel|>commentary to=functions.now <|constrain|>json<|message|>{}'
  const begun = '<|start|>assistant<|channel|>final<|message|>'
  const well = '<|start|>assistant<|channel|>final<|message|>Well: '
  const amid = '<|start|>assistant<|channel|>analysis<|message|>Hm'
  const tag: GrammarSpec = { type: 'grammar', text: 'root ::= "yes" | "no"' }
  for (const text of [yes, tag]) {
    const auto = wish({ toolChoice: 'auto', text })
    const alone = wish({ toolChoice: 'auto', text, tools: [] })
    for (const [asked, written, prompt, isTaken] of [
      [auto, 'yes', begun, true],
      [auto, '<|channel|>final<|message|>yes', begun, false],
      [auto, `<|end|><|start|>assistant${call}`, begun, true],
      [{ ...auto, begun: 'Well: ' }, 'no', well, true],
      [{ ...alone, begun: 'Well: ' }, 'no', well, true],
      [{ ...alone, begun: 'Well: ' }, `<|end|><|start|>assistant${call}`, well, false],
      // A template of another family.
      [{ ...alone, begun: 'Well: ' }, 'no', '<|im_start|>assistant\nWell: ', true],
      [auto, '.<|end|><|start|>assistant<|channel|>final<|message|>yes', amid, true],
      [auto, 'yes', amid, false],
      [wish({ text }), `<|end|><|start|>assistant${call}`, begun, true],
      [wish({ text }), call, begun, false],
    ] as const)
      assert.is(await takes(format, asked, written, prompt), isTaken, `${text.type}: ${prompt} + ${written}`)
  }
})

test('functions of all the names that requests may have are called by them', async () => {
  const names = ['a.b-C_1', '-', '1.', 'functions.f', `${'long_'.repeat(25)}end`]
  for (const row of toolFormats) {
    const format = joinFormats(row, undefined)
    for (const name of names) {
      const asked = wish({ tools: [{ name }], toolChoice: { name } })
      const [text] = await walks(format, { ...asked, parallelToolCalls: false }, '', [3])
      const calls = read(format, asked, text!).calls.map((call) => [call.name, JSON.parse(call.arguments)])
      assert.equal(calls, [[name, {}]], `${row.names[0]}: ${text}`)
    }
  }
})

test('markers may be tokens of their own', async () => {
  const hermes = joinFormats(toolFormat('hermes3'), undefined)
  const marked = layOut(
    [...Array.from({ length: 258 }, (_, id) => (id < 2 ? new Uint8Array(0) : Uint8Array.of(id - 2))), Buffer.from('<tool_call>')],
    259,
    [1],
  )
  const service = new GrammarService(marked, { threads: 1 })
  const matcher = await service.open(hermes.grammar(wish({}), '')!)
  await matcher.settled()
  assert.ok(isAllowed(matcher.masks[0]!, 258))
  matcher.accept(258)
  await matcher.settled()
  assert.ok(isAllowed(matcher.masks[0]!, 2 + 0x0a))
  matcher.close()
  await service.dispose()
})

test("strings stand as they are in elements, and in quotation marks in Python; constants are Python's there", async () => {
  const note = {
    name: 'note',
    parameters: {
      type: 'object',
      properties: { title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } }, done: { type: 'boolean' } },
      required: ['title'],
    },
  }
  const asked = wish({ tools: [note] })
  const qwen = joinFormats(toolFormat('qwen3coder'), undefined)
  const written =
    '<tool_call>\n<function=note>\n<parameter=title>\na <b>"bold"</b>\n\nline\n</parameter>\n<parameter=tags>\n["x"]\n</parameter>\n</function>\n</tool_call>'
  assert.ok(await takes(qwen, asked, written))
  assert.equal(JSON.parse(read(qwen, asked, written).calls[0]!.arguments), { title: 'a <b>"bold"</b>\n\nline', tags: ['x'] })
  assert.not(await takes(qwen, asked, written.replace('["x"]', 'x')))
  const lfm = joinFormats(toolFormat('lfm2'), undefined)
  const python = '<|tool_call_start|>[note(title="say \\"hi\\"", done=True)]<|tool_call_end|>'
  assert.ok(await takes(lfm, asked, python))
  assert.equal(JSON.parse(read(lfm, asked, python).calls[0]!.arguments), { title: 'say "hi"', done: true })
  assert.not(await takes(lfm, asked, python.replace('True', 'true')))
  const gemma = joinFormats(toolFormat('gemma4'), undefined)
  const called = '<|tool_call>call:note{title:<|"|>say "hi" <b><|"|>,tags:[<|"|>x<|"|>],done:true}<tool_call|>'
  assert.ok(await takes(gemma, asked, called))
  assert.equal(JSON.parse(read(gemma, asked, called).calls[0]!.arguments), { title: 'say "hi" <b>', tags: ['x'], done: true })
})

test('what a model has no way to write is refused, with the field', () => {
  const refusal = (doing: () => unknown): readonly [string, string | undefined] => {
    try {
      doing()
    } catch (error) {
      if (error instanceof EngineError) return [error.code, error.param]
    }
    throw new Error('not refused')
  }
  const mute = joinFormats(undefined, reasoningFormat('qwen3'))
  assert.equal(
    refusal(() => mute.grammar(wish({}), '')),
    ['unsupported_parameter', 'tool_choice'],
  )
  const hermes = joinFormats(toolFormat('hermes3'), undefined)
  const bad = { name: 'f', parameters: { type: 'object', properties: { a: { not: {} } } } }
  assert.equal(
    refusal(() => hermes.grammar(wish({ tools: [now, bad] }), '')),
    ['unsupported_parameter', 'tools[1].function.parameters.properties.a.not'],
  )
  const list = { name: 'f', parameters: { type: 'array' }, field: 'tools[0].input_schema' }
  assert.equal(
    refusal(() => hermes.grammar(wish({ tools: [list] }), '')),
    ['invalid_value', 'tools[0].input_schema.type'],
  )
})

test.run()
