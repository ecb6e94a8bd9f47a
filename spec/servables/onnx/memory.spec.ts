import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { Memory } from '../../../servables/onnx/index.ts'

const MIB = 2 ** 20
const isInternal = (error: EngineError) => error.code === 'internal'
const isMapped = process.platform !== 'win32'

test('reserving takes addresses only, and nothing of V8', () => {
  if (!isMapped) return
  const before = process.memoryUsage()
  const memory = Memory.reserve(2 ** 40)
  memory.view('uint8', 2 ** 39, 5 * MIB).fill(1)
  const after = process.memoryUsage()
  assert.ok(after.rss - before.rss < 32 * MIB)
  assert.ok(after.external - before.external < 32 * MIB)
  memory.dispose()
})

test('touched places take small pages, however the operating system is set', () => {
  if (process.platform !== 'linux') return
  for (const memory of [Memory.reserve(64 * MIB), Memory.reserveShared(64 * MIB)]) {
    const regions = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
    const spans = ([from = '', to = '']: readonly string[]) =>
      BigInt(`0x${from}`) <= memory.address && memory.address < BigInt(`0x${to}`)
    const own = regions.find((region) => spans(region.split(/[- ]/, 2)))
    assert.match(own!, /^VmFlags:.* nh /m)
    memory.dispose()
  }
})

test('views of the same place show the same elements', () => {
  const memory = Memory.reserve(MIB)
  const floats = memory.view('float32', 4096, 4)
  assert.equal(floats, new Float32Array(4))
  floats[0] = 1
  assert.equal(memory.view('uint32', 4096, 1), Uint32Array.of(0x3f800000))
  assert.equal(memory.view('int64', 0, 0), new BigInt64Array(0))
})

test('discarded pages go back to the operating system', () => {
  if (process.platform !== 'linux') return
  const memory = Memory.reserve(64 * MIB)
  const bytes = memory.view('uint8', 0, 64 * MIB).fill(7)
  const full = process.memoryUsage().rss
  memory.discard(100, 63 * MIB)
  assert.ok(process.memoryUsage().rss < full - 50 * MIB)
  assert.equal([bytes[99], bytes[100], bytes[4096], bytes[63 * MIB - 1], bytes[63 * MIB + 100]], [7, 7, 0, 0, 7])
})

test('bytes are copied between memories and within one, and not past their ends', () => {
  const [from, to] = [Memory.reserve(100), Memory.reserve(50)]
  from.view('uint8', 0, 100).set(Array.from({ length: 100 }, (_, index) => index))
  to.copy(from, 60, 10, 3)
  to.copy(to, 10, 20, 2)
  assert.equal(to.view('uint8', 9, 14), Uint8Array.of(0, 60, 61, 62, 0, 0, 0, 0, 0, 0, 0, 60, 61, 0))
  for (const [fromOffset, toOffset, bytes] of [
    [98, 0, 3],
    [0, 48, 3],
    [-1, 0, 1],
    [0, 0, -1],
  ] as const) {
    assert.throws(() => to.copy(from, fromOffset, toOffset, bytes), isInternal)
  }
})

test('shared pages show in other memories, as often as is wanted, until they are discarded', () => {
  if (!Memory.shows) return
  const PAGE = 4096
  const shared = Memory.reserveShared(4 * PAGE)
  const window = Memory.reserve(3 * PAGE)
  const [inShared, inWindow] = [shared.view('uint8', 0, 4 * PAGE), window.view('uint8', 0, 3 * PAGE)]
  inShared[PAGE + 5] = 1
  for (const lane of [0, 1]) window.show(shared, PAGE, lane * PAGE, PAGE)
  assert.equal([inWindow[5], inWindow[PAGE + 5], inWindow[2 * PAGE + 5]], [1, 1, 0])
  inWindow[PAGE + 6] = 2
  assert.equal([inWindow[6], inShared[PAGE + 6]], [2, 2])
  inShared[3 * PAGE] = 3
  window.show(shared, 3 * PAGE, 0, PAGE)
  assert.equal([inWindow[0], inWindow[5], inWindow[PAGE + 5]], [3, 0, 1])
  shared.discard(PAGE, PAGE)
  assert.equal([inWindow[PAGE + 5], inShared[PAGE + 5], inShared[3 * PAGE]], [0, 0, 3])
  assert.throws(() => window.show(shared, 3 * PAGE, 0, 2 * PAGE), isInternal)
  assert.throws(() => window.show(shared, 0, 100, PAGE), isInternal)
  window.dispose()
  assert.is(inShared[3 * PAGE], 3)
  shared.dispose()
})

test('a view outlives its memory', () => {
  const memory = Memory.reserve(MIB)
  const view = memory.view('float64', 0, 8).fill(3)
  memory.dispose()
  memory.dispose()
  view[0] = 5
  assert.is(view[0], 5)
  assert.throws(() => memory.view('float64', 0, 8), isInternal)
})

test('what lies outside, between elements or over 4 GiB is refused', () => {
  const memory = Memory.reserve(isMapped ? 2 ** 33 : MIB)
  assert.throws(() => memory.view('uint8', -1, 1), isInternal)
  assert.throws(() => memory.view('uint8', memory.byteLength, 1), isInternal)
  assert.throws(() => memory.view('float32', 2, 1), isInternal)
  assert.throws(() => memory.view('uint8', 0, 2 ** 32), isInternal)
  assert.throws(() => memory.discard(0, memory.byteLength + 1), isInternal)
  assert.throws(() => memory.view('uint8', Number.NaN, 1), isInternal)
  memory.dispose()
})

test('what no machine has is refused', () => {
  assert.throws(() => Memory.reserve(0), isInternal)
  assert.throws(() => Memory.reserve(-5), isInternal)
  if (isMapped) assert.throws(() => Memory.reserve(2 ** 52), isInternal)
})

test.run()
