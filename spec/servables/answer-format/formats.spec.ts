import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'
import { read, summary } from './reading.ts'
import { samples, written } from './texts.ts'

test('every row of the table has a text', () => {
  const shown = new Set(samples.map(({ tools }) => tools))
  assert.equal(
    toolFormats.filter(({ names }) => !names.some((name) => shown.has(name))).map(({ names }) => names[0]),
    [],
  )
})

test('what a row says is what is read by it, alone and behind text', () => {
  for (const format of toolFormats) {
    const [tools] = format.names
    const calls = (text: string) =>
      summary(read({ tools }, [text])).map((each) => (Array.isArray(each) ? each.slice(0, 2) : each))
    const said = [
      ['get_weather', { city: 'Berlin', days: 3 }],
      ['now', {}],
    ]
    assert.equal(calls(written(format)), said, tools)
    if (format.section.begin + format.call.begin !== '')
      assert.equal(calls(`I look. ${written(format)}`), ['I look.', ...said], tools)
  }
})

for (const sample of samples) {
  const { tools, text, says } = sample
  test(`${tools}: ${text.slice(0, 60).replaceAll('\n', '⏎')}`, () => {
    assert.equal(summary(read(sample, [text])), says)
    assert.equal(summary(read(sample, [...text])), says)
  })
}

test.run()
