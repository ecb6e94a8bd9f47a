import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OnnxSession, Tensor, type TensorType, type TypedArray } from '../../../servables/onnx/index.ts'
import { codeOf, FOREVER, model, vector, work } from '../../fixtures/onnx/operators.ts'

test('a session tells its inputs and outputs', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'))
  assert.equal(session.inputs, [
    { name: 'x', type: 'float32', shape: ['N', 'N'] },
    { name: 'times', type: 'int64', shape: [] },
  ])
  assert.equal(session.outputs, [{ name: 'y', type: 'float32', shape: ['N', 'N'] }])
  await session.dispose()
})

test('a run fills preallocated outputs', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const z = vector(0, 0, 0)
  await session.run({ x: vector(1, 2, 3), y: vector(10, 20, 30) }, { z })
  assert.equal(z.data, Float32Array.of(11, 22, 33))
  await session.dispose()
})

test('an output may be the input it follows from', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const [x, y] = [vector(1, 2), vector(1, 1)]
  for (let step = 0; step < 5; step++) await session.run({ x, y }, { z: x })
  assert.equal(x.data, Float32Array.of(6, 7))
  await session.dispose()
})

test('outputs of unknown shape are allocated, and can be inputs again without a look at them', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const { z: first } = await session.runAllocating({ x: vector(1, 2), y: vector(3, 4) }, ['z'])
  const { z: second } = await session.runAllocating({ x: first!, y: first! }, ['z'])
  first!.dispose()
  assert.equal([second!.type, second!.shape], ['float32', [2]])
  assert.equal(second!.data, Float32Array.of(8, 12))
  const seen = second!.data
  second!.dispose()
  assert.equal(seen, Float32Array.of(8, 12))
  await session.dispose()
})

test('tensors without elements go in and come out', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const { z } = await session.runAllocating({ x: vector(), y: vector() }, ['z'])
  assert.equal([z!.shape, z!.data], [[0], new Float32Array(0)])
  z!.dispose()
  await session.dispose()
})

test('every element type passes unchanged, 16-bit floats as their bits', async () => {
  const session = await OnnxSession.open(model('ops/types.onnx'))
  const values: Partial<Record<TensorType, TypedArray>> = {
    float32: Float32Array.of(1.5, -2),
    float16: Uint16Array.of(0x3c00, 0xc000),
    bfloat16: Uint16Array.of(0x3f80, 0xc000),
    int64: BigInt64Array.of(-(2n ** 62n), 7n),
    int32: Int32Array.of(-5, 5),
    uint8: Uint8Array.of(0, 255),
    bool: Uint8Array.of(0, 1),
  }
  const feeds: Record<string, Tensor> = {}
  for (const [type, data] of Object.entries(values)) feeds[`in_${type}`] = Tensor.over(type as TensorType, [2], data)
  const names = session.outputs.map(({ name }) => name)
  const outputs = await session.runAllocating(feeds, names)
  for (const [type, data] of Object.entries(values)) {
    assert.equal(outputs[`out_${type}`]!.data, data)
    assert.is(outputs[`out_${type}`]!.type, type)
    outputs[`out_${type}`]!.dispose()
  }
  await session.dispose()
})

test('only the outputs asked for are computed into tensors', async () => {
  const session = await OnnxSession.open(model('ops/types.onnx'))
  const feeds: Record<string, Tensor> = {}
  for (const { name, type } of session.inputs) {
    const array = { float32: Float32Array, int64: BigInt64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array }
    const make = array[type as keyof typeof array] ?? Uint16Array
    feeds[name] = Tensor.over(type, [1], new make(1))
  }
  assert.equal(Object.keys(await session.runAllocating(feeds, ['out_bool'])), ['out_bool'])
  await session.dispose()
})

test('runs of one session overlap', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'), { threads: 1 })
  const long = new AbortController()
  const { feeds, fetches } = work(FOREVER)
  const running = codeOf(session.run(feeds, fetches, { signal: long.signal }))
  const short = work(1)
  await session.run(short.feeds, short.fetches)
  long.abort()
  assert.is(await running, 'cancelled')
  await session.dispose()
})

test('an abort ends a run, queued or running, and the session can be used again', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'), { threads: 1 })
  const controllers = Array.from({ length: 8 }, () => new AbortController())
  const runs = controllers.map(({ signal }) => {
    const { feeds, fetches } = work(FOREVER)
    return codeOf(session.run(feeds, fetches, { signal }))
  })
  for (const controller of controllers.toReversed()) controller.abort()
  assert.equal(await Promise.all(runs), Array(8).fill('cancelled'))
  const { feeds, fetches } = work(1)
  assert.is(await codeOf(session.run(feeds, fetches, { signal: AbortSignal.abort() })), 'cancelled')
  assert.is(await codeOf(session.run(feeds, fetches)), 'no error')
  await session.dispose()
})

test('dispose ends the runs in flight first, with tensors disposed meanwhile', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'), { threads: 1 })
  const runs = Array.from({ length: 6 }, () => {
    const { feeds, fetches } = work(FOREVER)
    const run = codeOf(session.run(feeds, fetches))
    feeds.x.dispose()
    fetches.y.dispose()
    return run
  })
  await Promise.all([session.dispose(), session.dispose()])
  assert.equal(await Promise.all(runs), Array(6).fill('cancelled'))
  const { feeds, fetches } = work(1)
  assert.is(await codeOf(session.run(feeds, fetches)), 'internal')
})

test('what ONNX Runtime refuses in a run is an error, and the next run is fine', async () => {
  const session = await OnnxSession.open(model('ops/throws.onnx'))
  const y = Tensor.over('float32', [2, 3], new Float32Array(6))
  assert.is(await codeOf(session.run({ x: vector(1) }, { y })), 'internal')
  await session.run({ x: vector(1, 2, 3, 4, 5, 6) }, { y })
  assert.equal(y.data, Float32Array.of(1, 2, 3, 4, 5, 6))
  await session.dispose()
})

test('wrong names, types and shapes are refused before anything runs', async () => {
  const session = await OnnxSession.open(model('ops/throws.onnx'))
  const x = vector(1, 2, 3, 4, 5, 6)
  const y = Tensor.over('float32', [2, 3], new Float32Array(6))
  const wrong: [Record<string, Tensor>, Record<string, Tensor>, RegExp][] = [
    [{}, { y }, /input x .* is missing/],
    [{ x, w: x }, { y }, /no input w; it has x/],
    [{ x }, { w: y }, /no output w; it has y/],
    [{ x }, {}, /no output is asked for/],
    [{ x: Tensor.over('int32', [6], new Int32Array(6)) }, { y }, /input x .* is float32\[N\], not int32\[6\]/],
    [{ x: y }, { y }, /input x .* not float32\[2,3\]/],
    [{ x }, { y: Tensor.over('float32', [3, 2], new Float32Array(6)) }, /output y .* is float32\[2,3\], not float32\[3,2\]/],
  ]
  for (const [feeds, fetches, message] of wrong) {
    assert.is(await codeOf(session.run(feeds, fetches)), 'internal')
    assert.match(await session.run(feeds, fetches).catch((error) => error.message), message)
  }
  assert.is(await codeOf(session.runAllocating({ x }, ['w'])), 'internal')
  await session.dispose()
})

test('an output too small for what comes is refused', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const three = vector(1, 2, 3)
  assert.is(await codeOf(session.run({ x: three, y: three }, { z: vector(0, 0) })), 'internal')
  assert.is(await codeOf(session.run({ x: three, y: vector(0, 0) }, { z: three })), 'internal')
  await session.dispose()
})

test('tensors disposed or transferred away are refused', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const [disposed, transferred, z] = [vector(1), vector(1), vector(0)]
  disposed.dispose()
  structuredClone(transferred.data.buffer, { transfer: [transferred.data.buffer as ArrayBuffer] })
  assert.is(await codeOf(session.run({ x: disposed, y: z }, { z })), 'internal')
  assert.is(await codeOf(session.run({ x: transferred, y: z }, { z })), 'internal')
  assert.is(await codeOf(session.run({ x: z, y: z }, { z })), 'no error')
  await session.dispose()
})

test('a file that is no model is refused with the reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-spec-'))
  const file = (name: string, content: Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const whole = readFileSync(model('tiny-llama/model.onnx'))
  const bad = [
    join(folder, 'missing.onnx'),
    folder,
    file('empty.onnx', new Uint8Array(0)),
    file(
      'noise.onnx',
      Uint8Array.from({ length: 1000 }, (_, index) => (index * 7919) % 251),
    ),
    file('truncated.onnx', whole.subarray(0, whole.length / 2)),
    file('without-its-data.onnx', readFileSync(model('tiny-llama-external/model.onnx'))),
  ]
  for (const path of bad) assert.is(await codeOf(OnnxSession.open(path)), 'bad_model', path)
  rmSync(folder, { recursive: true })
})

test('external data lies beside its model', async () => {
  const session = await OnnxSession.open(model('tiny-llama-external/model.onnx'))
  assert.ok(session.inputs.some(({ name }) => name === 'input_ids'))
  await session.dispose()
})

test.run()
