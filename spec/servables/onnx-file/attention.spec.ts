import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { attribute } from '../../../servables/onnx-file/graph.ts'
import { whyAttentionReadsEarly } from '../../../servables/onnx-file/index.ts'
import { readModel, writeModel } from '../../../servables/onnx-file/model-file.ts'
import type { NodeProto } from '../../../servables/onnx-file/model-proto.ts'
import { fixture } from './decoder.ts'
import { inFolder } from './small-models.ts'

const file = `${fixture('tiny-llama')}/model.onnx`

/** What is said of the fixture once its last attention is changed. */
const afterChange = (change: (attention: NodeProto) => void): Promise<string | undefined> =>
  inFolder(async (folder) => {
    const model = await readModel(file)
    change(model.graph.nodes.findLast(({ opType }) => opType === 'GroupQueryAttention')!)
    await writeModel(model, folder)
    await model.files.close()
    return whyAttentionReadsEarly(`${folder}/model.onnx`)
  })

test('plain GroupQueryAttention writes before it reads', async () => {
  assert.is(await whyAttentionReadsEarly(file), undefined)
  assert.is(await afterChange(() => {}), undefined)
})

test('models without it, or with what its fast kernel has not, are told apart', async () => {
  assert.match((await whyAttentionReadsEarly(`${fixture('tiny-llama-optimum')}/model.onnx`))!, /no GroupQueryAttention/)
  const softcapped = await afterChange((attention) => {
    attribute(attention, 'softcap')!.f = 30
  })
  assert.match(softcapped!, /soft caps/)
  assert.ok(await afterChange((attention) => (attention.input[11] = attention.input[0]!)))
  assert.ok(await afterChange((attention) => attention.attribute?.push({ name: 'smooth_softmax', type: 2, i: 1 })))
  assert.ok(await afterChange((attention) => attention.output.push('probabilities')))
})

test.run()
