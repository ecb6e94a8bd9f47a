import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Formats, read, summary } from './reading.ts'

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
  assert.equal(says({ reasoning: 'gptoss' }, '<|channel|>fin'), [])
})

test.run()
