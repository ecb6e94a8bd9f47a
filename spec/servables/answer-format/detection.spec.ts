import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answerFormat, reasoningParsers, toolParsers } from '../../../servables/answer-format/index.ts'
import { reasoningFormats } from '../../../servables/answer-format/reasoning-formats.ts'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'
import { TextGenerationOptions } from '../../../servables/llm/options.ts'

const found = (template: string) => {
  const { toolParser, reasoningParser } = answerFormat(template, 'auto', 'auto')
  return [toolParser, reasoningParser]
}

test('what a chat template writes for calls and reasoning shows its format', () => {
  const qwen = '{{- \'<tool_call>\\n{"name": "\' + call.name }}…</tool_call>'
  assert.equal(found(qwen), ['hermes3', undefined])
  assert.equal(found(`${qwen}{{ content.split('</think>') }}`), ['hermes3', 'qwen3'])
  assert.equal(found('<tool_call>\\n<function=…><parameter=…></parameter>'), ['qwen3coder', undefined])
  assert.equal(found('<seed:tool_call><function=…><parameter=…>…<seed:think>'), ['seed_oss', 'seed_oss'])
  assert.equal(found("'<tool_call>' + name + '\\n<arg_key>…</arg_key><arg_value>…<think></think>"), ['glm45', 'qwen3'])
  assert.equal(found('<｜tool▁calls▁begin｜>function<｜tool▁sep｜>f\\n```json …</think>'), ['deepseek_v3', 'qwen3'])
  assert.equal(found('<｜tool▁call▁begin｜>f<｜tool▁sep｜>{{ arguments }}…</think>'), ['deepseek_v31', 'qwen3'])
  assert.equal(found("set token = '｜DSML｜' …<{{ token }}function_calls>…message.tool_calls"), ['deepseek_v32', undefined])
  assert.equal(found("set token = '｜DSML｜' …<{{ token }}tool_calls>"), ['deepseek_v4', undefined])
  assert.equal(found('<|tool_call_begin|>{{ id }}<|tool_call_argument_begin|>'), ['kimi_k2', undefined])
  assert.equal(found("set begin = '<minimax:tool_call>' …<invoke name=…<think>"), ['minimax_m2', 'qwen3'])
  assert.equal(found('<function name="…"><param name="…">'), ['minicpm5', undefined])
  assert.equal(found('List of tools: <|tool_list_start|>['), ['lfm2', undefined])
  assert.equal(found("'<|tool_call>call:' + name …<|channel>thought"), ['gemma4', 'gemma4'])
  assert.equal(found("'<start_function_call>call:' + name"), ['functiongemma', undefined])
  assert.equal(found('<|START_THINKING|>…<|START_ACTION|>'), ['command', 'command'])
  assert.equal(found("'[TOOL_CALLS]' + name + '[ARGS]'"), ['devstral', undefined])
  assert.equal(found('[TOOL_CALLS] [ …[THINK]…[/THINK]'), ['mistral', 'mistral'])
  assert.equal(found('<|tool|>{{ tools }}<|/tool|>'), ['phi4', undefined])
  assert.equal(found('respond with <|tool_call|> followed by a list…Here is my thought process:'), ['granite', 'granite'])
  assert.equal(found('<|python_tag|>'), ['llama3', undefined])
  assert.equal(found('<|header_start|>…[func_name1(a=b)]'), ['llama4_pythonic', undefined])
  assert.equal(found('…[func_name1(a=b)]'), ['pythonic', undefined])
  assert.equal(found('<|start|>assistant<|channel|>final<|message|>'), ['gptoss', 'gptoss'])
  assert.equal(found('<think>…<response>'), [undefined, 'ernie45'])
  assert.equal(found('<think>…<answer>'), [undefined, 'hunyuan_a13b'])
  assert.equal(found('{{ message.content }}'), [undefined, undefined])
  assert.equal(found(''), [undefined, undefined])
})

test('every row is found by each of its own marks, or belongs to one that is', () => {
  for (const { names, evidence } of toolFormats) {
    for (const texts of evidence) assert.ok(answerFormat(texts.join(' … '), 'auto', 'none').toolParser, names[0])
  }
  const unseen = reasoningFormats.filter(({ evidence }) => evidence.length === 0).map(({ names }) => names[0])
  assert.equal(unseen, ['deepseek_r1'])
})

test('options say otherwise: a name of any server, or none', () => {
  const format = answerFormat('<tool_call>…<think>', 'llama3_json', 'deepseek-r1')
  assert.equal([format.toolParser, format.reasoningParser], ['llama3', 'deepseek_r1'])
  const none = answerFormat('<tool_call>…<think>', 'none', 'none')
  assert.equal([none.toolParser, none.reasoningParser, none.markers], [undefined, undefined, []])
})

test('no name stands for two formats', () => {
  assert.is(new Set(toolParsers).size, toolParsers.length)
  assert.is(new Set(reasoningParsers).size, reasoningParsers.length)
})

test("OVMS's names are known", () => {
  for (const name of [
    'llama3',
    'hermes3',
    'phi4',
    'mistral',
    'gptoss',
    'qwen3coder',
    'devstral',
    'lfm2',
    'gemma4',
    'minicpm5',
    'none',
  ])
    assert.ok(toolParsers.includes(name), name)
  for (const name of ['qwen3', 'gemma4', 'gptoss', 'minicpm5', 'lfm2', 'none']) assert.ok(reasoningParsers.includes(name), name)
})

test('an unknown name is refused by the options', () => {
  assert.is(TextGenerationOptions.safeParse({ tool_parser: 'hermes' }).success, true)
  const { error } = TextGenerationOptions.safeParse({ tool_parser: 'hermes5', reasoning_parser: 'x' })
  assert.equal(
    error?.issues.map(({ code, path }) => [code, path]),
    [
      ['invalid_value', ['tool_parser']],
      ['invalid_value', ['reasoning_parser']],
    ],
  )
})

test('the tokens that are read are kept in the text', () => {
  const kept = (name: string) => answerFormat('', name, 'none').markers
  assert.equal(kept('kimi_k2'), [
    '<|tool_calls_section_begin|>',
    '<|tool_calls_section_end|>',
    '<|tool_call_begin|>',
    '<|tool_call_end|>',
    '<|tool_call_argument_begin|>',
  ])
  for (const [name, token] of [
    ['hermes3', '</tool_call>'],
    ['mistral', '[TOOL_CALLS]'],
    ['devstral', '[ARGS]'],
    ['gptoss', '<|constrain|>'],
    ['gptoss', '<|message|>'],
    ['gemma4', '<|"|>'],
    ['gemma4', '<tool_call|>'],
    ['deepseek_v32', '｜DSML｜'],
    ['deepseek_v3', '<｜tool▁sep｜>'],
    ['internlm', '<|plugin|>'],
    ['llama3', '<|python_tag|>'],
    ['lfm2', '<|tool_call_end|>'],
  ] as const)
    assert.ok(kept(name).includes(token), `${name}: ${token}`)
  assert.equal(answerFormat('', 'none', 'mistral').markers, ['[THINK]', '[/THINK]'])
  assert.equal(answerFormat('', 'none', 'command').markers.length, 4)
})

test.run()
