import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { root } from '../cli/support.ts'
import { embeddings, rerank } from './encoder/index.ts'
import { engine } from './engine.ts'
import { llm } from './llm/index.ts'
import { memory } from './memory.ts'
import { parsing } from './parsing.ts'
import { serving } from './serving.ts'

/**
 * `npm run bench` prints the figures of the engine and of serving; `npm run bench -- llm embeddings` those named. Leave the machine
 * alone meanwhile.
 * The model of the serving figures: `$OVMS_BENCH_MODEL`, else what `make_model.py` left in the cache, else the demo model.
 */
const made = join(homedir(), '.cache/ovms-ts/bench-0.5b')
const demo = join(root, 'models/demo-chat')
const model = process.env.OVMS_BENCH_MODEL ?? (existsSync(made) ? made : demo)

const benchmarks: Record<string, () => Promise<void>> = {
  // Compiled, as it is served: tsx makes closures slower.
  engine: async () => engine(await import(join(root, 'dist/engine/index.js'))),
  parsing,
  serving: () => serving(model),
  memory: () => memory(model),
}

/** Half an hour each, packages from elsewhere, or a model that has to be made: by name only. */
const longer: Record<string, () => Promise<void>> = {
  grammar: async () => (await import('./grammar.ts')).grammar(model),
  llm: () => llm(model),
  embeddings,
  rerank,
  // Imported late: it loads ONNX Runtime from source, and one process can have it only once.
  guessing: async () => (await import('./guessing.ts')).guessing(model),
  drafting: async () => (await import('./drafting.ts')).drafting(model),
  rewriting: async () => (await import('./rewriting.ts')).rewriting(join(model, 'model.onnx')),
}

const all = { ...benchmarks, ...longer }
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benchmarks)
for (const name of wanted) {
  if (!(name in all)) throw new Error(`unknown benchmark ${name}; there are ${Object.keys(all).join(', ')}`)
}
for (const name of wanted) {
  console.log(`\n${name}`)
  await all[name]?.()
}
