import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnswerPart } from '../../../servables/answer-format/answer-format.ts'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'
import { type Formats, read, summary, wish } from './reading.ts'
import { samples } from './texts.ts'

const says = (formats: Formats, text: string) => {
  const unary = summary(read(formats, [text]))
  assert.equal(summary(read(formats, [...text])), unary)
  return unary
}

const textOf = (parts: readonly AnswerPart[]) => parts.map((part) => ('text' in part ? part.text : part.name)).join('')

const berlin = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Berlin"}}\n</tool_call>'
const now = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'

test('text before, between and behind calls stays content', () => {
  assert.equal(says({ tools: 'hermes3' }, ` I look. \n${berlin}\n\nAnd \n${now}\nDone. \n`), [
    ' I look.',
    ['get_weather', { city: 'Berlin' }],
    'And',
    ['now', {}],
    'Done. \n',
  ])
})

test('calls are counted from 0, and each has an id of its own', () => {
  const calls = read({ tools: 'hermes3' }, [berlin + now + now]).filter(({ type }) => type === 'call')
  assert.equal(
    calls.map((part) => part.type === 'call' && part.index),
    [0, 1, 2],
  )
})

test('without tools, or where none is to be called, nothing is taken for a call', () => {
  assert.equal(says({ tools: 'hermes3', wish: wish({ tools: [] }) }, berlin), [berlin])
  assert.equal(says({ tools: 'hermes3', wish: wish({ toolChoice: 'none' }) }, berlin), [berlin])
  const text = '<|channel|>commentary to=functions.now<|message|>{}<|call|>'
  assert.equal(says({ tools: 'gptoss', wish: wish({ toolChoice: 'none' }) }, text), ['{}'])
})

test('an answer that is to be calls alone shows no markers that its end has cut off', () => {
  const forced = wish({ toolChoice: 'required' })
  const [call = '', ...more] = [
    '<tool_call>\n{"name": "get_weather"',
    ', "arguments": {"city"',
    ': "Berlin"}}\n</tool_call>\n<tool',
  ]
  for (let end = 0; end < call.length; end++)
    assert.equal(says({ tools: 'hermes3', wish: forced }, call.slice(0, end)), [], call.slice(0, end))
  assert.equal(says({ tools: 'hermes3', wish: forced }, call), [['get_weather', '']])
  assert.equal(says({ tools: 'hermes3', wish: forced }, call + more[0]), [['get_weather', '{"city"']])
  assert.equal(says({ tools: 'hermes3', wish: forced }, call + more.join('')), [['get_weather', { city: 'Berlin' }]])
  assert.equal(says({ tools: 'hermes3', reasoning: 'qwen3', wish: forced }, '<think>Hm.</think>\n<tool_'), ['? Hm.'])
  for (const { tools, text } of samples) {
    for (let end = 0; end <= text.length; end++)
      assert.ok(read({ tools, wish: forced }, [text.slice(0, end)]).every(({ type }) => type !== 'content'))
  }
})

test('without parallel calls the first one is the only one; text stays', () => {
  assert.equal(says({ tools: 'hermes3', wish: wish({ parallelToolCalls: false }) }, `A\n${berlin}\nB\n${now}\nC`), [
    'A',
    ['get_weather', { city: 'Berlin' }],
    'B\nC',
  ])
})

test('a JSON answer is no call when it names no function of the request', () => {
  for (const text of ['{"name": "Alice", "parameters": {}}', '{"title": "x"}', '[1, 2]', '{', '{}', '[]', '{"name": 5}']) {
    assert.equal(says({ tools: 'llama3' }, text), [text])
    assert.equal(says({ tools: 'mistral' }, text), [text])
    assert.equal(says({ tools: 'pythonic' }, text), [text])
  }
  assert.equal(says({ tools: 'mistral' }, '[{"name": "Alice", "arguments": {}}]'), ['[{"name": "Alice", "arguments": {}}]'])
  assert.equal(says({ tools: 'pythonic' }, '[see here](http://x.y) for f(x)'), ['[see here](http://x.y) for f(x)'])
  assert.equal(says({ tools: 'pythonic' }, '[other(a=1)]'), ['[other(a=1)]'])
})

test('a JSON answer comes as it is written, not only at its end', () => {
  const parts = read({ tools: 'llama3' }, ['{"title"'])
  assert.equal(summary(parts), ['{"title"'])
})

test('a marked call of an unknown function is a call: the client knows what to answer', () => {
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>{"name": "other", "arguments": {"a": 1}}</tool_call>'), [
    ['other', { a: 1 }],
  ])
})

test('a marker that no call follows is content', () => {
  for (const text of [
    '<tool_call>',
    'the tag <tool_call> begins a call',
    '<tool_call>\n{"x": 1}\n</tool_call>',
    '<tool_call>{"name": ""}',
  ])
    assert.equal(says({ tools: 'hermes3' }, text), [text])
  assert.equal(says({ tools: 'hermes3' }, `<tool_call> ${now}`), ['<tool_call>', ['now', {}]])
})

test('what breaks off before its name is content; behind it, a call as far as it goes', () => {
  assert.equal(says({ tools: 'hermes3' }, 'A <tool_call>\n{"name": "get_w'), ['A <tool_call>\n{"name": "get_w'])
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>\n{"name": "get_weather", "argu'), [['get_weather', '']])
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Ber'), [
    ['get_weather', '{"city": "Ber'],
  ])
  assert.equal(says({ tools: 'qwen3coder' }, '<tool_call>\n<function=get_weather>\n<parameter=city>\nBer'), [
    ['get_weather', '{"city": "Ber'],
  ])
  assert.equal(says({ tools: 'lfm2' }, '<|tool_call_start|>[get_weather(city="Ber", da'), [
    ['get_weather', '{"city": "Ber", "da'],
  ])
  assert.equal(says({ tools: 'hermes3' }, `${berlin.slice(0, -3)}`), [['get_weather', { city: 'Berlin' }]])
})

test('a second call that begins before the first one has ended is one', () => {
  const calls =
    '<tool_call>\n{"name": "now"}\n{"name": "now"}\n</tool_call>\n<tool_call>\n{"name": "now"}\n<tool_call>\n{"name": "now"}'
  assert.equal(
    says({ tools: 'hermes3' }, calls),
    [1, 2, 3, 4].map(() => ['now', {}]),
  )
})

test('a call without arguments has none', () => {
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>{"name": "now"}</tool_call>'), [['now', {}]])
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>{"name": "now", "arguments": null}</tool_call>'), [['now', {}]])
  assert.equal(says({ tools: 'deepseek_v31' }, '<｜tool▁call▁begin｜>now<｜tool▁sep｜><｜tool▁call▁end｜>'), [['now', {}]])
})

test('arguments written as a string are unwrapped', () => {
  const text = '<tool_call>{"name": "get_weather", "arguments": "{\\"city\\": \\"Berlin\\"}"}</tool_call>'
  assert.equal(says({ tools: 'hermes3' }, text), [['get_weather', { city: 'Berlin' }]])
})

test('line breaks within strings are escaped', () => {
  const text = '<tool_call>{"name": "get_weather", "arguments": {"city": "a\n\tb"}}</tool_call>'
  assert.equal(says({ tools: 'hermes3' }, text), [['get_weather', { city: 'a\n\tb' }]])
})

test('brackets, quotes and markers within strings end nothing', () => {
  const city = '}]{["\\</tool_call> <|call|> [ARGS]'
  const text = `<tool_call>{"name": "get_weather", "arguments": {"city": ${JSON.stringify(city)}}}</tool_call>!`
  assert.equal(says({ tools: 'hermes3' }, text), [['get_weather', { city }], '!'])
})

test('what stands between arguments and the end of a call is content, and the end is not', () => {
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>{"name": "now", "arguments": {}}} oh</tool_call> well'), [
    ['now', {}],
    '} oh well',
  ])
  assert.equal(says({ tools: 'hermes3' }, '<tool_call>{"name": "get_weather", "arguments": {"city": "B"</tool_call>'), [
    ['get_weather', '{"city": "B"'],
  ])
  assert.equal(says({ tools: 'lfm2' }, '<|tool_call_start|>[get_weather(city=)]<|tool_call_end|>'), [
    ['get_weather', '{"city": '],
    ')]',
  ])
})

test('arguments come as they are written', () => {
  const streams: readonly (readonly [string, string, string])[] = [
    ['hermes3', '<tool_call>{"name": "get_weather", "arguments": {"city": "Berl', '{"city": "Berl'],
    ['qwen3coder', '<tool_call><function=get_weather><parameter=city>Berl', '{"city": "Berl'],
    ['lfm2', '<|tool_call_start|>[get_weather(city="Berl', '{"city": "Berl'],
    ['gemma4', '<|tool_call>call:get_weather{city:<|"|>Berl', '{"city": "Berl'],
    ['gptoss', '<|channel|>commentary to=functions.get_weather<|message|>{"city": "Berl', '{"city": "Berl'],
  ]
  for (const [tools, text, shown] of streams) assert.equal(says({ tools }, text), [['get_weather', shown]])
})

test('nothing that a model writes is lost', () => {
  for (const { names } of toolFormats) {
    const [tools] = names
    const texts = samples.filter((sample) => sample.tools === tools).map(({ text }) => text)
    const cutText = fc.tuple(fc.constantFrom(...texts), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.array(cutText, { minLength: 1, maxLength: 3 }), (cuts) => {
        const marked = cuts.map(([whole, share], index) => {
          const text = whole.replace(/Berlin|Tokyo|see|look/g, (value) => `${value}${index}`)
          return `mark${index}! ${text.slice(0, Math.round(text.length * share))}`
        })
        // A header that is cut off is dropped, with what follows up to the next mark.
        if (tools === 'gptoss') marked.splice(1)
        const text = marked.join('')
        const shown = textOf(read({ tools }, [text]))
        for (const [mark] of text.matchAll(/(mark|Berlin|Tokyo|see|look)\d/g)) {
          assert.ok(shown.includes(mark), `${mark} of ${JSON.stringify(text)} in ${shown}`)
        }
      }),
      { numRuns: 60 },
    )
  }
})

test('arguments as deep as the text is long cost no stack', () => {
  const deep = 20_000
  for (const tools of ['hermes3', 'lfm2', 'gemma4', 'qwen3coder']) {
    const sample = samples.find((each) => each.tools === tools)
    const nested = sample!.text.replace(/3/, `${'['.repeat(deep)}${']'.repeat(deep)}`)
    assert.ok(read({ tools }, [nested]).some(({ type }) => type === 'call'))
  }
})

test('a long text takes as long as it is, whatever it is', () => {
  const milliseconds = (tools: string, text: string) => {
    const began = performance.now()
    read(
      { tools },
      Array.from({ length: Math.ceil(text.length / 8) }, (_, i) => text.slice(i * 8, i * 8 + 8)),
    )
    return performance.now() - began
  }
  for (const { names } of toolFormats) {
    const [tools] = names
    const text = samples.find((each) => each.tools === tools)!.text
    const long = { '1': text.replace('Berlin', 'x'.repeat(200_000)), '2': text.slice(0, -4).repeat(200_000 / text.length) }
    const hostile = text
      .slice(0, text.search(/city|Berlin|zone/))
      .repeat(2000)
      .slice(0, 200_000)
    for (const each of [...Object.values(long), hostile]) assert.ok(milliseconds(tools, each) < 2000, tools)
  }
})

test('a long number that is none takes no longer', () => {
  const began = performance.now()
  read({ tools: 'pythonic' }, [`[get_weather(days=${'1'.repeat(200_000)}x)]`])
  read({ tools: 'qwen3coder' }, [`<function=get_weather><parameter=days>${'1_'.repeat(100_000)}x</parameter></function>`])
  assert.ok(performance.now() - began < 1000)
})

test('JSON arguments show where they begin, also without the text before them', () => {
  assert.equal(says({ tools: 'devstral' }, '[TOOL_CALLS]now{}'), [['now', {}, '9']])
  assert.equal(says({ tools: 'qwen3coder' }, '<function=get_weather>{"city": "Berlin"}</function>'), [
    ['get_weather', { city: 'Berlin' }],
  ])
})

test.run()
