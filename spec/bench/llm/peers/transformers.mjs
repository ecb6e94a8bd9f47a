// A peer of `npm run bench -- llm`: transformers.js on onnxruntime-node. `node transformers.mjs FOLDER THREADS`
import { basename, dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { AutoModelForCausalLM, BaseStreamer, env, Tensor } from '@huggingface/transformers'

const [folder, threads] = process.argv.slice(2)
env.allowRemoteModels = false
env.localModelPath = dirname(folder)
const session_options = { intraOpNumThreads: Number(threads) }
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), { dtype: 'q4', session_options })
console.log(JSON.stringify('ready'))

for await (const line of createInterface({ input: process.stdin })) {
  const requests = JSON.parse(line)
  const [rows, length] = [requests.length, requests[0].prompt.length]
  const ids = BigInt64Array.from(requests.flatMap(({ prompt }) => prompt.map(BigInt)))
  const answer = Math.max(...requests.map((request) => request.answer))
  const streamer = new BaseStreamer()
  const times = []
  const began = performance.now()
  streamer.put = () => times.push((performance.now() - began) / 1000)
  streamer.end = () => {}
  await model.generate({
    input_ids: new Tensor('int64', ids, [rows, length]),
    attention_mask: new Tensor('int64', new BigInt64Array(ids.length).fill(1n), [rows, length]),
    max_new_tokens: answer,
    min_new_tokens: answer,
    do_sample: false,
    streamer,
  })
  // The streamer is first given the prompt.
  console.log(JSON.stringify(requests.map(() => times.slice(1))))
}
process.exit()
