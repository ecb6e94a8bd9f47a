import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dataTypes } from '../../../servables/onnx-file/data-types.ts'
import { decodeModel, encodeModel } from '../../../servables/onnx-file/model-proto.ts'
import { onnxProto } from '../../../servables/onnx-file/onnx-proto.ts'
import { fixture } from './decoder.ts'
import { codeOf } from './small-models.ts'

const files = [
  ...['tiny-llama', 'tiny-llama-external', 'tiny-llama-optimum', 'tiny-qwen2'].map((model) => fixture(model, 'model.onnx')),
  fixture('tiny-llama-subfolder', 'onnx', 'model.onnx'),
  ...['add', 'matmul', 'throws', 'types'].map((name) => fixture('ops', `${name}.onnx`)),
]

for (const file of files) {
  test(`${file.split('models/')[1]} is written as the bytes it was read from`, () => {
    const bytes = readFileSync(file)
    assert.ok(Buffer.from(encodeModel(decodeModel(bytes, file))).equals(bytes))
  })
}

test('weights are views of the file', () => {
  const bytes = readFileSync(fixture('tiny-llama', 'model.onnx'))
  const [weight] = decodeModel(bytes, 'tiny-llama').graph.initializer
  assert.is(weight?.rawData?.buffer, bytes.buffer)
})

test('a field that the schema does not know is kept', () => {
  const unknown = Buffer.from([0xf2, 0x3f, 3, 1, 2, 3]) // Field 1022, three bytes.
  const bytes = Buffer.concat([readFileSync(fixture('ops', 'add.onnx')), unknown])
  assert.ok(Buffer.from(encodeModel(decodeModel(bytes, 'with more'))).equals(bytes))
})

test('what is no ONNX file is a bad model', async () => {
  for (const bytes of [
    Buffer.from('{"not": "onnx"}'),
    Buffer.alloc(0),
    readFileSync(fixture('tiny-llama', 'model.onnx')).subarray(0, 5000),
  ]) {
    assert.is(await codeOf(() => decodeModel(bytes, 'x')), 'bad_model')
  }
})

test('the table of element types has every one that the schema has, strings aside', () => {
  const body = /enum DataType \{(.*?)\}/s.exec(onnxProto)?.[1] ?? ''
  const codes = [...body.matchAll(/(\w+) = (\d+)/g)].filter(([, name]) => name !== 'UNDEFINED' && name !== 'STRING')
  assert.ok(codes.length > 20)
  assert.equal(
    Object.values(dataTypes).map(({ code }) => code),
    codes.map(([, , code]) => Number(code)).toSorted((a, b) => a - b),
  )
})

test.run()
