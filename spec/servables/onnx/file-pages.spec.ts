import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dropFilePages } from '../../../servables/onnx/file-pages.ts'
import { Decoder, fixture, promptOf, sameBits } from '../onnx-file/decoder.ts'
import { inCopyOf } from '../onnx-file/model-copy.ts'

/** Of the weights in a file of their own, in memory. */
const residentKilobytes = (): number =>
  readFileSync('/proc/self/smaps', 'utf8')
    .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    .filter((region) => region.split('\n', 1)[0]!.endsWith('model.onnx.data'))
    .reduce((sum, region) => sum + Number(/^Rss: +(\d+)/m.exec(region)?.[1]), 0)

test('pages of weights that were read can be given back, and come back as they are read again', () =>
  inCopyOf('tiny-llama-external', async (file) => {
    if (process.platform !== 'linux') return
    const decoder = await Decoder.open(file, fixture('tiny-llama-external'), 1, 64)
    const run = () => decoder.run(0, [promptOf(20, 1)], [20], [])
    const before = await run()
    assert.ok(residentKilobytes() > 0)
    dropFilePages(file)
    assert.is(residentKilobytes(), 0)
    assert.ok(sameBits(await run(), before))
    await decoder.dispose()
  }))

test.run()
