import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { integer } from '../../../../servables/onnx-file/graph.ts'
import { readModel } from '../../../../servables/onnx-file/model-file.ts'
import { slidingWindow } from '../../../../servables/onnx-file/rewrites/sliding-window.ts'

/** What each layer's GroupQueryAttention sees, before and after; -1: everything. */
const windowsOf = async (name: string) => {
  const { graph, files } = await readModel(join(import.meta.dirname, '../../../fixtures/exports', name, 'model.onnx'))
  const windows = () => graph.nodes.filter(({ opType }) => opType === 'GroupQueryAttention').map(windowOf)
  const windowOf = (node: Parameters<typeof integer>[0]) => integer(node, 'local_window_size', -1)
  const before = windows()
  const { applied } = slidingWindow(20)(graph)
  await files.close()
  return { before, applied, after: windows() }
}

test('layers without a window get one, if none has', async () => {
  assert.equal(await windowsOf('mistral-fp32'), { before: [-1, -1], applied: true, after: [20, 20] })
})

test('a file that has a window in some layers keeps what it has', async () => {
  assert.equal(await windowsOf('gemma3-fp32'), { before: [20, -1], applied: false, after: [20, -1] })
})

test('attention that is spelled out is left alone', async () => {
  assert.equal(await windowsOf('mistral-optimum'), { before: [], applied: false, after: [] })
})

test.run()
