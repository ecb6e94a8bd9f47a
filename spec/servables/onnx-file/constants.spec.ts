import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Constant, ExternalFiles } from '../../../servables/onnx-file/constants.ts'
import { bytesOf, type DataType, dataTypeOf, dataTypes } from '../../../servables/onnx-file/data-types.ts'
import { toFloats } from '../../../servables/onnx-file/floats.ts'
import { readModel } from '../../../servables/onnx-file/model-file.ts'
import type { TensorProto } from '../../../servables/onnx-file/model-proto.ts'
import { inCopyOf } from './model-copy.ts'
import { codeOf, inFolder } from './small-models.ts'

const bytesIn = async (type: DataType, proto: Partial<TensorProto>, dims: readonly number[] = [2]) => {
  const tensor = { name: 't', dims: [...dims], dataType: dataTypes[type].code, ...proto }
  return [...(await new Constant(tensor, type, new ExternalFiles('/models/m.onnx')).bytes())]
}

const raw = (values: ArrayBufferView) => [...new Uint8Array(values.buffer as ArrayBuffer)]

test('typed fields have the bytes that raw data would have', async () => {
  assert.equal(await bytesIn('float32', { floatData: [1, -2.5] }), raw(Float32Array.of(1, -2.5)))
  assert.equal(await bytesIn('float64', { doubleData: [1, -2.5] }), raw(Float64Array.of(1, -2.5)))
  assert.equal(await bytesIn('int8', { int32Data: [-1, 5] }), [255, 5])
  assert.equal(await bytesIn('int32', { int32Data: [-1, 5] }), raw(Int32Array.of(-1, 5)))
  assert.equal(await bytesIn('float16', { int32Data: [0x3c00, 0xc000] }), [0, 0x3c, 0, 0xc0])
  assert.equal(await bytesIn('int64', { int64Data: [-1, 5] }), raw(BigInt64Array.of(-1n, 5n)))
  assert.equal(await bytesIn('int64', { int64Data: ['9223372036854775807', 5] }), raw(BigInt64Array.of(2n ** 63n - 1n, 5n)))
  assert.equal(await bytesIn('uint32', { uint64Data: [4294967295, 5] }), raw(Uint32Array.of(4294967295, 5)))
  assert.equal(await bytesIn('uint4', { int32Data: [0x21, 0x03] }, [3]), [0x21, 0x03])
})

test('small elements share bytes', () => {
  assert.equal([bytesOf('int4', 3), bytesOf('uint2', 5), bytesOf('float6e2m3', 4), bytesOf('complex128', 2)], [2, 2, 3, 32])
  assert.is(dataTypeOf(8), undefined)
  assert.is(dataTypeOf(22), 'int4')
})

test('16-bit floats of both kinds become floats, wherever they lie', () => {
  const shifted = (values: Uint16Array) => new Uint8Array([0, ...new Uint8Array(values.buffer)]).subarray(1)
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x8000)
  assert.equal([...toFloats('float16', shifted(halves))], [1, -2, 2 ** -24, Infinity, -0])
  assert.equal([...toFloats('bfloat16', shifted(Uint16Array.of(0x3f80, 0xc000, 0x7f80)))], [1, -2, Infinity])
  assert.equal([...toFloats('float32', new Uint8Array([9, 0, 0, 0x80, 0x3f]).subarray(1))], [1])
})

test('data in another file is read in parts, as it is asked for', () =>
  inFolder(async (folder) => {
    await writeFile(
      join(folder, 'm.data'),
      Uint8Array.from({ length: 64 }, (_, index) => index),
    )
    const files = new ExternalFiles(join(folder, 'm.onnx'))
    const entries = Object.entries({ location: 'm.data', offset: '16', length: '32' })
    const externalData = entries.map(([key, value]) => ({ key, value }))
    const tensor = new Constant({ name: 't', dims: [4, 2], dataType: 1, dataLocation: 1, externalData }, 'float32', files)
    assert.equal([...(await tensor.bytes(8, 12))], [24, 25, 26, 27])
    assert.is((await tensor.bytes()).length, 32)
    await files.close()
  }))

test('contents that are too short, missing, or out of the folder are a bad model', async () => {
  assert.is(await codeOf(() => bytesIn('float32', { rawData: new Uint8Array(7) })), 'bad_model')
  for (const location of ['gone.data', '../elsewhere.data', '/etc/hostname']) {
    const externalData = [{ key: 'location', value: location }]
    assert.is(await codeOf(() => bytesIn('float32', { dataLocation: 1, externalData })), 'bad_model')
  }
  await inCopyOf('tiny-llama-external', async (file) => {
    await truncate(`${file}.data`, 1000)
    const { graph, files } = await readModel(file)
    const last = graph.model.graph.initializer.at(-1)!.name!
    assert.is(await codeOf(() => graph.constant(last)!.bytes()), 'bad_model')
    await files.close()
  })
})

test.run()
