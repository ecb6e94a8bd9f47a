import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { OnnxSession, Tensor } from '../../../servables/onnx/index.ts'
import { codeOf, FOREVER, model, vector, work } from '../../fixtures/onnx/operators.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('the library survives garbage collection', async () => {
  collectGarbage()
  await new Promise(setImmediate)
  collectGarbage()
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const z = vector(0)
  await session.run({ x: vector(1), y: vector(2) }, { z })
  assert.equal(z.data, Float32Array.of(3))
  await session.dispose()
})

test('the arrays under tensors survive garbage collection', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'))
  const tensors = Array.from({ length: 50 }, (_, index) => vector(index, 1000))
  const z = vector(0, 0)
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    const litter = Array.from({ length: 1000 }, () => new Float32Array(2).fill(-1))
    assert.is(litter.length, 1000)
  }
  for (const [index, x] of tensors.entries()) {
    await session.run({ x, y: x }, { z })
    assert.equal(z.data, Float32Array.of(2 * index, 2000))
  }
  await session.dispose()
})

test('arguments of a run survive garbage collection while it runs', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'))
  const runs = Array.from({ length: 4 }, async () => {
    const { feeds, fetches } = work(200)
    await session.run(feeds, fetches)
    return fetches.y.data[0]
  })
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await new Promise(setImmediate)
  }
  assert.equal(await Promise.all(runs), [0, 0, 0, 0])
  await session.dispose()
})

test('long runs leave threads for files', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'), { threads: 1 })
  const controller = new AbortController()
  const runs = Array.from({ length: 8 }, () => {
    const { feeds, fetches } = work(FOREVER)
    return codeOf(session.run(feeds, fetches, { signal: controller.signal }))
  })
  assert.ok((await readFile(model('ops/add.onnx'))).length > 0)
  controller.abort()
  assert.equal(new Set(await Promise.all(runs)), new Set(['cancelled']))
  await session.dispose()
})

test('the process may exit while the library is at work', async () => {
  const script = fileURLToPath(new URL('../../fixtures/onnx/exit-during-run.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script], { stdio: 'inherit' })
  assert.equal(await once(child, 'exit'), [3, null])
})

test('idle threads of a session sleep', async () => {
  const session = await OnnxSession.open(model('ops/matmul.onnx'), { threads: 2 })
  const { feeds, fetches } = work(5)
  let busy = 0
  for (let round = 0; round < 10; round++) {
    await session.run(feeds, fetches)
    const before = process.cpuUsage()
    await pause(10)
    const { user, system } = process.cpuUsage(before)
    busy += user + system
  }
  assert.ok(busy < 50_000, `${busy} µs of 100,000`)
  await session.dispose()
})

test('a session has as many threads as it is given', async () => {
  if (process.platform !== 'linux') return
  const threads = () => readdirSync('/proc/self/task').length
  const first = await OnnxSession.open(model('ops/add.onnx'), { threads: 1 })
  const before = threads()
  const session = await OnnxSession.open(model('ops/add.onnx'), { threads: 4 })
  assert.is(threads() - before, 3)
  await session.dispose()
  await first.dispose()
})

test('thousands of runs that make and dispose tensors hold memory flat', async () => {
  const session = await OnnxSession.open(model('ops/add.onnx'), { threads: 1 })
  const size = 25_000
  const array = new Float32Array(size)
  const run = async () => {
    const [x, z] = [Tensor.over('float32', [size], array), Tensor.over('float32', [size], array)]
    await session.run({ x, y: x }, { z })
    const { z: allocated } = await session.runAllocating({ x, y: x }, ['z'])
    for (const tensor of [x, z, allocated!]) tensor.dispose()
  }
  for (let count = 0; count < 500; count++) await run()
  collectGarbage()
  const before = process.memoryUsage().rss
  for (let count = 0; count < 2000; count++) await run()
  collectGarbage()
  assert.ok(process.memoryUsage().rss - before < 20 * 2 ** 20)
  await session.dispose()
})

test.run()
