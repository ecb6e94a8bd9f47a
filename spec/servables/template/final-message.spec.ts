import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { parseTemplate } from '../../../servables/template/jinja.ts'

const write = (source: string, messages: readonly { role: string; content: string | null }[], continueFinalMessage = true) =>
  parseTemplate({ source, file: 'spec.jinja', tokens: {} })({
    messages,
    tools: undefined,
    addGenerationPrompt: !continueFinalMessage,
    continueFinalMessage,
    variables: {},
  })
const loop = (content: string) => `{% for m in messages %}<{{ m.role }}>{{ ${content} }}</>{% endfor %}`
const messages = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: ' So it ' },
]

test('the prompt ends where the last message does, its spaces as the template writes them', () => {
  assert.is(write(loop('m.content'), messages), '<user>Hi</><assistant> So it ')
  assert.is(write(loop('m.content | trim'), messages), '<user>Hi</><assistant>So it')
})

test('a message that has the mark in it is no end', () => {
  const marked = [{ role: 'user', content: 'CONTINUE_FINAL_MESSAGE ' }, messages[1]!]
  assert.is(write(loop('m.content'), marked), '<user>CONTINUE_FINAL_MESSAGE </><assistant> So it ')
})

test('a template that leaves the last message out says so', () => {
  assert.throws(
    () => write('{{ messages[0].content }}', messages),
    (error: EngineError) => error.code === 'invalid_value' && error.param === 'continue_final_message',
  )
})

test('a template that looks for parts finds them, any other finds text', () => {
  const parts = '{% for m in messages %}<{{ m.role }}>{% for part in m.content %}{{ part.text }}{% endfor %}</>{% endfor %}'
  assert.is(write(parts, messages, false), '<user>Hi</><assistant> So it </>')
  assert.is(write(parts, messages), '<user>Hi</><assistant> So it ')
  const either = `{% for m in messages %}{% if m.content is string %}text{% else %}parts{% endif %}{{ m.content }}{% endfor %}`
  assert.is(write(either, [{ role: 'user', content: 'Hi' }], false), 'textHi')
})

test.run()
