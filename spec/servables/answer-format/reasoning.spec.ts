import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { joinFormats } from '../../../servables/answer-format/format.ts'
import { reasoningFormats } from '../../../servables/answer-format/reasoning-formats.ts'
import { type Formats, read, summary, wish } from './reading.ts'

const says = (formats: Formats, text: string) => {
  const unary = summary(read(formats, [text]))
  assert.equal(summary(read(formats, [...text])), unary)
  return unary
}

const call = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'

test('reasoning ends where its tag closes; white space at tags is no text', () => {
  assert.equal(says({ reasoning: 'qwen3' }, '<think>\nI see.\n\nYes.\n</think>\n\nFour.\n'), ['? I see.\n\nYes.', 'Four.\n'])
})

test('an answer without reasoning is as it was written', () => {
  assert.equal(says({ reasoning: 'qwen3' }, ' \n Four. \n'), [' \n Four. \n'])
  assert.equal(says({ reasoning: 'qwen3' }, ''), [])
  assert.equal(says({ reasoning: 'qwen3' }, 'Write <think> first.</think>'), ['Write <think> first.</think>'])
})

test('a prompt that ends in the open tag has begun reasoning', () => {
  assert.equal(says({ reasoning: 'qwen3', prompt: '…assistant\n<think>\n' }, 'Hm.\n</think>\n\nFour.'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'qwen3', prompt: '…assistant\n<think>' }, '\nHm.'), ['? Hm.'])
})

test('a prompt that ends in the closed tag has ended it', () => {
  assert.equal(says({ reasoning: 'qwen3', prompt: '…<think>\n\n</think>\n\n' }, 'Four.'), ['Four.'])
  assert.equal(says({ reasoning: 'deepseek_r1', prompt: '…</think>' }, 'Four.'), ['Four.'])
})

test('an answer that the request has begun goes on where that ends: amid reasoning, behind it, or in a text without any', () => {
  const begun = (text: string, reasoning = 'qwen3') => ({ reasoning, prompt: `…assistant\n${text}`, wish: wish({ begun: text }) })
  assert.equal(says(begun('<think>\nFirst,'), ' I add.\n</think>\n\nFour.'), ['?  I add.', 'Four.'])
  assert.equal(says(begun('<think>\n'), '\nI add.</think>Four.'), ['? I add.', 'Four.'])
  assert.equal(says(begun('<think>\nI add.\n</think>\n\nIt is'), ' four.'), [' four.'])
  assert.equal(says(begun('It is'), ' four.'), [' four.'])
  assert.equal(says(begun('First,', 'deepseek_r1'), ' I add.</think>Four.'), ['?  I add.', 'Four.'])
  assert.equal(says({ reasoning: 'qwen3', prompt: 'user\nWhat is <think>?\nassistant\n' }, 'A tag.'), ['A tag.'])
})

test('DeepSeek-R1 reasons also where neither prompt nor answer opens the tag', () => {
  assert.equal(says({ reasoning: 'deepseek_r1' }, 'Hm.</think>Four.'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'deepseek_r1' }, '<think>Hm.</think>Four.'), ['? Hm.', 'Four.'])
})

test('reasoning that the end cuts off is reasoning', () => {
  assert.equal(says({ reasoning: 'qwen3' }, '<think>\nI have not'), ['? I have not'])
})

test('calls are looked for behind the reasoning alone', () => {
  const formats = { tools: 'hermes3', reasoning: 'qwen3' }
  assert.equal(says(formats, `<think>${call}</think>${call}`), [`? ${call}`, ['now', {}]])
  assert.equal(says(formats, `<think>${call}`), [`? ${call}`])
})

test('other families have other marks', () => {
  assert.equal(says({ reasoning: 'mistral' }, '[THINK]Hm.[/THINK]Four.'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'seed_oss' }, '<seed:think>Hm.</seed:think>Four.'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'longcat' }, '<longcat_think>Hm.</longcat_think>Four.'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'gemma4' }, '<|channel>thought\nHm.\n<channel|>Four.'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'granite' }, "Here's my thought process:\nHm.\nHere is my response:\nFour."), ['? Hm.', 'Four.'])
  assert.equal(
    says({ reasoning: 'apriel' }, 'Here are my reasoning steps:\nHm.\n[BEGIN FINAL RESPONSE]\nFour.\n[END FINAL RESPONSE]'),
    ['? Hm.', 'Four.'],
  )
})

test('what is around the answer proper is no part of it', () => {
  const command = '<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Four.<|END_RESPONSE|>'
  assert.equal(says({ reasoning: 'command' }, command), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'command', tools: 'command' }, command), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'hunyuan_a13b' }, '<think>\nHm.\n</think>\n<answer>\nFour.\n</answer>'), ['? Hm.', 'Four.'])
  assert.equal(says({ reasoning: 'ernie45' }, '<think>\nHm.\n</think>\n\n<response>\nFour.\n</response>\n'), ['? Hm.', 'Four.'])
})

test("gpt-oss's channels: analysis is reasoning, the rest is content", () => {
  const text = '<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Four.<|return|>'
  assert.equal(says({ reasoning: 'gptoss' }, text), ['? Hm.', 'Four.'])
  assert.equal(says({ tools: 'gptoss' }, text), ['Hm.Four.'])
  assert.equal(
    says(
      { reasoning: 'gptoss', prompt: '<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>' },
      'Four.',
    ),
    ['Four.'],
  )
  assert.equal(says({ reasoning: 'gptoss', prompt: '<|start|>assistant<|channel|>analysis<|message|>' }, 'Hm.<|end|>'), ['? Hm.'])
  assert.equal(says({ reasoning: 'gptoss' }, 'Four.'), ['Four.'])
  const begun = 'Send it to=functions.now <|channel|>analysis'
  const continued = { prompt: `<|start|>assistant<|channel|>final<|message|>${begun}`, wish: wish({ begun }) }
  assert.equal(says({ tools: 'gptoss', reasoning: 'gptoss', ...continued }, ' Four.'), [' Four.'])
  assert.equal(says({ reasoning: 'gptoss' }, '<|channel|>fin'), [])
})

test('how long reasoning may be depends on where the prompt leaves it, and on whether the model reasons at all', () => {
  const qwen = joinFormats(
    undefined,
    reasoningFormats.find(({ names }) => names.includes('qwen3')),
  )
  const asked = wish({ thinking: { tokens: 5, field: 'thinking_token_budget' } })
  assert.equal(qwen.thinking(asked, '…assistant\n'), { tokens: 5, begins: ['<think>'], ends: ['</think>'] })
  assert.equal(qwen.thinking(asked, '…<think>\n'), { tokens: 5, begins: [], ends: ['</think>'] })
  assert.equal(qwen.thinking({ ...asked, begun: '<think>Well' }, '…<think>Well')?.begins, [])
  assert.is(qwen.thinking(asked, '…<think>\n\n</think>\n\n'), undefined)
  assert.is(qwen.thinking(wish(), '…assistant\n'), undefined)
  const plain = joinFormats(undefined, undefined)
  assert.is(plain.thinking(wish({ thinking: { tokens: 5 } }), ''), undefined)
  assert.throws(() => plain.thinking(asked, ''), /^This model is not known to reason/)
})

test.run()
