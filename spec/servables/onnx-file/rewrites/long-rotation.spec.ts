import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readModel } from '../../../../servables/onnx-file/model-file.ts'
import { longRotation } from '../../../../servables/onnx-file/rewrites/long-rotation.ts'

const rotated = async (name: string) => {
  const { graph, files } = await readModel(join(import.meta.dirname, '../../../fixtures/exports', name, 'model.onnx'))
  const outcome = longRotation(graph)
  await files.close()
  return { graph, ...outcome }
}

test('the tables for long texts take the place of the choice, and what chose goes', async () => {
  const { graph, applied } = await rotated('phi4-fp32')
  assert.ok(applied)
  assert.not(graph.nodes.some(({ opType }) => opType === 'If' || opType === 'Greater'))
  assert.equal(graph.constant('cos_cache')?.shape, [256, 8])
  assert.equal(graph.constant('sin_cache')?.shape, [256, 8])
})

test('files without a choice are left as they are, and it is said what that means', async () => {
  for (const name of ['llama-fp32', 'phi4-optimum']) {
    const { applied, skipped } = await rotated(name)
    assert.not(applied)
    assert.match(skipped ?? '', 'rotated as short ones')
  }
})

test.run()
