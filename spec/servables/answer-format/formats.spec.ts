import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { toolFormats } from '../../../servables/answer-format/tool-formats.ts'
import { read, summary } from './reading.ts'
import { samples } from './texts.ts'

test('every row of the table has a text', () => {
  const shown = new Set(samples.map(({ tools }) => tools))
  assert.equal(
    toolFormats.filter(({ names }) => !names.some((name) => shown.has(name))).map(({ names }) => names[0]),
    [],
  )
})

for (const sample of samples) {
  const { tools, text, says } = sample
  test(`${tools}: ${text.slice(0, 60).replaceAll('\n', '⏎')}`, () => {
    assert.equal(summary(read(sample, [text])), says)
    assert.equal(summary(read(sample, [...text])), says)
  })
}

test.run()
