import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OnnxSession } from '../../../servables/onnx/index.ts'
import { inCopyOf } from '../onnx-file/model-copy.ts'

test('what loading has read of the weights in a file of their own is in memory no more', () =>
  inCopyOf('tiny-llama-external', async (file) => {
    if (process.platform !== 'linux') return
    const session = await OnnxSession.open(file)
    const regions = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    const data = regions.filter((region) => region.split('\n', 1)[0]!.endsWith('model.onnx.data'))
    assert.ok(data.length > 0)
    for (const region of data) assert.match(region, /^Rss: +0 kB/m)
    await session.dispose()
  }))

test.run()
