import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answerFormat } from '../../../servables/answer-format/index.ts'
import type { TemplateMessage } from '../../../servables/template/chat-template.ts'
import { loadChatTemplate } from '../../../servables/template/index.ts'
import { root } from '../../cli/support.ts'
import { wish } from './reading.ts'

const template = await loadChatTemplate(join(root, 'models/demo-chat'))

/** What the template makes of messages, from their first on. */
const render = (messages: readonly TemplateMessage[], addGenerationPrompt = false) =>
  template.render({ messages, tools: undefined, addGenerationPrompt, variables: {} })

/** The message that `text` is read as, in the fields of the API. */
function messageOf(text: string, prompt: string): TemplateMessage {
  const parser = answerFormat(template.source, 'auto', 'auto').parser(wish(), prompt)
  const parts = [...[...text].flatMap((character) => parser.push(character)), ...parser.end()]
  const calls = parts.flatMap((part) => (part.type === 'call' ? [part] : []))
  const argumentsOf = (index: number) =>
    parts.map((part) => (part.type === 'arguments' && part.index === index ? part.text : '')).join('')
  return {
    role: 'assistant',
    content: parts.map((part) => (part.type === 'content' ? part.text : '')).join(''),
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ id, index, name }) => ({
        id,
        type: 'function',
        function: { name, arguments: JSON.parse(argumentsOf(index)) },
      })),
    }),
  }
}

const user: TemplateMessage = { role: 'user', content: 'Weather in Berlin, and the time?' }

test('an answer that goes back into the conversation is written as the model wrote it', async () => {
  const answers = [
    'Sunny.',
    '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Berlin"}}\n</tool_call>',
    'I look.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Berlin", "days": 3}}\n</tool_call>\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
  ]
  const prompt = await render([user], true)
  for (const answer of answers) {
    assert.is(await render([user, messageOf(answer, prompt)]), `${prompt}${answer}<|im_end|>\n`)
  }
})

test.run()
