import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { Memory, OnnxSession, Tensor, type TensorType } from '../../../servables/onnx/index.ts'
import { model, vector } from '../../fixtures/onnx/operators.ts'

const isInternal = (error: EngineError) => error.code === 'internal'

test('a tensor must have the elements its shape says, in an array of its type', () => {
  assert.throws(() => Tensor.over('float32', [2, 2], new Float32Array(3)), isInternal)
  assert.throws(() => Tensor.over('float32', [2], new Float32Array(3)), isInternal)
  const unknown = (type: TensorType) => type
  assert.throws(() => Tensor.over(unknown('float32'), [2], new Float64Array(2)), isInternal)
  assert.throws(() => Tensor.over(unknown('float16'), [2], new Float32Array(2)), isInternal)
  assert.throws(() => Tensor.over('float32', [-1], new Float32Array(0)), isInternal)
  assert.throws(() => Tensor.over('float32', [0.5], new Float32Array(0)), isInternal)
})

test('a tensor may lie inside an array or a memory', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const array = Float32Array.of(1, 2, 3, 4)
  const memory = Memory.reserve(4096)
  const z = Tensor.over('float32', [2], memory, 64)
  await session.run({ x: Tensor.over('float32', [2], array, 8), y: Tensor.over('float32', [2], array.subarray(0, 2)) }, { z })
  assert.equal(z.data, Float32Array.of(4, 6))
  assert.equal(memory.view('float32', 64, 2), Float32Array.of(4, 6))
  assert.throws(() => Tensor.over('float32', [2], array, 12), isInternal)
  assert.throws(() => Tensor.over('float32', [2], memory, 4092), isInternal)
  assert.throws(() => Tensor.over('float32', [2], memory, -8), isInternal)
  await session.dispose()
})

test('a tensor over a disposed memory is refused by a run', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const memory = Memory.reserve(4096)
  const x = Tensor.over('float32', [1], memory)
  memory.dispose()
  await session.run({ x, y: vector(1) }, { z: vector(0) }).then(
    () => assert.unreachable(),
    (error) => assert.ok(isInternal(error)),
  )
  assert.throws(() => Tensor.over('float32', [1], memory), isInternal)
  await session.dispose()
})

test('a disposed tensor has no data', () => {
  const memory = Memory.reserve(4096)
  const tensor = Tensor.over('int32', [4], memory)
  tensor.dispose()
  tensor.dispose()
  assert.throws(() => tensor.data, isInternal)
})

test.run()
