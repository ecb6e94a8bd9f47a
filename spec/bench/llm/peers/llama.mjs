// A peer of `npm run bench -- llm`: llama.cpp through node-llama-cpp. `node llama.mjs FILE THREADS`
import { createInterface } from 'node:readline'
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'

const [file, threads] = process.argv.slice(2)
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: Number(threads), logLevel: LlamaLogLevel.error })
const model = await llama.loadModel({ modelPath: file })
console.log(JSON.stringify('ready'))

for await (const line of createInterface({ input: process.stdin })) {
  const requests = JSON.parse(line)
  const longest = Math.max(...requests.map(({ prompt, answer }) => prompt.length + answer))
  const sequences = Math.min(requests.length, 16)
  const context = await model.createContext({ sequences, contextSize: longest + 8, threads: Number(threads), batchSize: 512 })
  const free = Array.from({ length: sequences }, () => context.getSequence())
  const began = performance.now()
  const times = await Promise.all(
    requests.map(async ({ prompt, answer }, index) => {
      const came = []
      for await (const _ of free[index].evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
        came.push((performance.now() - began) / 1000)
        if (came.length >= answer) break
      }
      return came
    }),
  )
  await context.dispose()
  console.log(JSON.stringify(times))
}
process.exit()
