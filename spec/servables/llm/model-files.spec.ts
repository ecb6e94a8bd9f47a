import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Host } from '../../../servables/host/index.ts'
import { kinds } from '../../../servables/index.ts'
import { textGeneration } from '../../../servables/llm/index.ts'
import { readModelFiles } from '../../../servables/llm/model-files.ts'
import { modelInit, TextGenerationOptions } from '../../../servables/llm/options.ts'
import type { Progress, Servable } from '../../../servables/servable.ts'
import { codeOf, directoryOf } from './tiny-models.ts'

/** A copy of a tiny model, changed: undefined removes a file, an object is merged into its JSON. */
const changed = async <T>(
  model: string,
  changes: Readonly<Record<string, string | object | undefined>>,
  use: (directory: string) => Promise<T>,
): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'model-'))
  try {
    await cp(directoryOf(model), directory, { recursive: true })
    for (const [name, change] of Object.entries(changes)) {
      const file = join(directory, name)
      if (change === undefined) await rm(file)
      else if (typeof change === 'string' || change instanceof Uint8Array) await writeFile(file, change)
      else await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }))
    }
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

const progressed: Progress[] = []
const load = (path: string, options: object = {}): Promise<Servable> =>
  textGeneration.load(
    {
      name: 'tiny',
      path,
      host: new Host({ name: 'tiny', log: () => {} }),
      threads: 1,
      memory: 2 ** 30,
      log: () => {},
      progress: (progress) => progressed.push(progress),
      signal: new AbortController().signal,
    },
    textGeneration.options.parse(options),
  )

test('the kind is in the table, and its directories are recognised', async () => {
  assert.is(kinds.text_generation, textGeneration)
  for (const model of ['tiny-llama', 'tiny-qwen2', 'tiny-llama-external', 'tiny-llama-subfolder']) {
    assert.ok(await textGeneration.detect(directoryOf(model)), model)
  }
  assert.not(await textGeneration.detect(directoryOf('ops')))
  assert.not(await textGeneration.detect('/no/such/directory'))
  await changed('tiny-llama', { 'config.json': { architectures: ['BertModel'] } }, async (directory) =>
    assert.not(await textGeneration.detect(directory)),
  )
})

test('a directory with missing or broken files is recognised, so that loading it tells which', async () => {
  for (const [file, contents] of [
    ['model.onnx', undefined],
    ['config.json', '{'],
    ['tokenizer.json', '{}'],
    ['tokenizer_config.json', '{'],
    ['config.json', { architectures: ['LlamaForCausalLM'], vocab_size: 'many' }],
  ] as const) {
    await changed('tiny-llama', { [file]: contents }, async (directory) => {
      assert.ok(await textGeneration.detect(directory))
      const failure = await load(directory).catch((error: Error) => error)
      assert.match((failure as Error).message, file)
    })
  }
})

test('a directory is loaded with its tokenizer and template, and says how far it is', async () => {
  progressed.length = 0
  const servable = await load(directoryOf('tiny-llama-external'), { max_model_len: 100 })
  const { sides, healthy } = servable
  await servable.dispose()
  assert.equal(Object.keys(sides).sort(), Object.keys(textGeneration.offers).sort())
  assert.ok(healthy)
  assert.not(servable.healthy)
  const phases = new Set(progressed.map(({ phase }) => phase))
  // Only when these files are loaded for the first time.
  phases.delete('rewriting')
  assert.equal([...phases], ['reading', 'creating the session', 'warming up'])
})

test('generation_config.json sets defaults and end tokens', async () => {
  const generation = { temperature: 0.6, top_k: 20, top_p: 0.9, min_p: 0.1, max_new_tokens: 50, do_sample: true, eos_token_id: 7 }
  await changed('tiny-llama', { 'generation_config.json': generation }, async (directory) => {
    const { defaults, endTokens, maxNewTokens } = await readModelFiles(directory)
    assert.equal(defaults, { temperature: 0.6, topK: 20, topP: 0.9, minP: 0.1 })
    assert.is(maxNewTokens, 50)
    assert.equal(endTokens, [7])
  })
  await changed('tiny-llama', { 'generation_config.json': { do_sample: false, temperature: 0.6 } }, async (directory) =>
    assert.equal((await readModelFiles(directory)).defaults, { temperature: 0 }),
  )
})

test('end tokens come from config.json when nothing else says them', async () => {
  await changed('tiny-llama', { 'generation_config.json': undefined, 'genai_config.json': undefined }, async (directory) => {
    const { defaults, endTokens } = await readModelFiles(directory)
    assert.equal([defaults, endTokens], [{}, [2]])
  })
})

test('genai_config.json names the ONNX file, and without it the usual places are looked in', async () => {
  assert.match((await readModelFiles(directoryOf('tiny-llama-subfolder'))).file, /onnx.model\.onnx$/)
  const model = {
    decoder: { filename: 'other.onnx', head_size: 32, num_key_value_heads: 1, inputs: { input_ids: 'ids' } },
    context_length: 99,
  }
  await changed('tiny-llama', { 'genai_config.json': { model }, 'other.onnx': 'x' }, async (directory) => {
    const files = await readModelFiles(directory)
    assert.match(files.file, /other\.onnx$/)
    assert.equal([files.headSize, files.kvHeads, files.contextLength, files.names.inputIds], [32, 1, 99, 'ids'])
  })
})

test('the only ONNX file is served whatever its name; of several, model_file says which', async () => {
  const onnx = await readFile(join(directoryOf('tiny-llama'), 'model.onnx'))
  const web = { 'genai_config.json': undefined, 'model.onnx': undefined, 'q4.onnx': onnx }
  await changed('tiny-llama', web, async (directory) => assert.match((await readModelFiles(directory)).file, /q4\.onnx$/))
  await changed('tiny-llama', { ...web, 'fp16.onnx': onnx }, async (directory) => {
    assert.is(await codeOf(() => readModelFiles(directory)), 'bad_model')
    assert.match((await readModelFiles(directory, 'fp16.onnx')).file, /fp16\.onnx$/)
    assert.is(await codeOf(() => readModelFiles(directory, 'int8.onnx')), 'bad_model')
    await (await load(directory, { model_file: 'q4.onnx' })).dispose()
  })
})

test("GPT-2's names in config.json are understood", () => {
  const renamed = {
    hidden_size: undefined,
    num_attention_heads: undefined,
    num_key_value_heads: undefined,
    head_dim: undefined,
    max_position_embeddings: undefined,
  }
  const config = { ...renamed, n_embd: 96, n_head: 3, n_positions: 77 }
  return changed('tiny-llama', { 'config.json': config, 'genai_config.json': undefined }, async (directory) => {
    const { kvHeads, headSize, contextLength } = await readModelFiles(directory)
    assert.equal([kvHeads, headSize, contextLength], [3, 32, 77])
  })
})

test('with LongRoPE texts end at the original length, unless max_model_len says more', async () => {
  for (const [type, rope] of [
    ['longrope', { rope_parameters: { rope_type: 'longrope', original_max_position_embeddings: 100 } }],
    ['su', { rope_scaling: { type: 'su' }, rope_parameters: undefined, original_max_position_embeddings: 100 }],
  ] as const) {
    await changed('tiny-llama', { 'config.json': rope }, async (directory) => {
      const files = await readModelFiles(directory)
      const { maxLength, longRotation } = modelInit(files, TextGenerationOptions.parse({}))
      assert.equal([maxLength, longRotation], [100, false], type)
      assert.ok(modelInit(files, TextGenerationOptions.parse({ max_model_len: 101 })).longRotation)
      assert.not(modelInit(files, TextGenerationOptions.parse({ max_model_len: 50 })).longRotation)
    })
  }
})

test('rows of the cache are as long as a sliding window, which is believed to be everywhere in some families only', async () => {
  for (const [family, everywhere] of [
    ['mistral', 1000],
    ['gemma2', undefined],
  ] as const) {
    await changed('tiny-llama', { 'config.json': { model_type: family, sliding_window: 1000 } }, async (directory) => {
      const { rowLength, slidingWindow } = modelInit(await readModelFiles(directory), TextGenerationOptions.parse({}))
      assert.equal([rowLength, slidingWindow], [1000, everywhere])
    })
  }
})

test('genai_config.json is enough, as the model builder leaves config.json out', () =>
  changed('tiny-llama', { 'config.json': undefined, 'generation_config.json': undefined }, async (directory) => {
    const { file, ...bare } = await readModelFiles(directory)
    const { file: _, ...full } = await readModelFiles(directoryOf('tiny-llama'))
    assert.equal(bare, full)
    assert.ok(await textGeneration.detect(directory))
  }))

test('every file that is missing or broken makes a bad model, in words that name it', async () => {
  const faults: Readonly<Record<string, Readonly<Record<string, string | object | undefined>>>> = {
    'config.json': { 'config.json': undefined, 'genai_config.json': undefined },
    max_position_embeddings: { 'config.json': { max_position_embeddings: null }, 'genai_config.json': undefined },
    'config.json ': { 'config.json': '{' },
    vocab_size: { 'config.json': { vocab_size: 'many' } },
    'generation_config.json': { 'generation_config.json': { temperature: 'hot' } },
    'genai_config.json': { 'genai_config.json': '[]' },
    'tokenizer.json': { 'tokenizer.json': undefined },
    'tokenizer.json ': { 'tokenizer.json': '{}' },
    'chat_template.jinja': { 'chat_template.jinja': '{% for %}' },
    'no ONNX model': { 'model.onnx': undefined },
    'model.onnx': { 'model.onnx': 'not protobuf' },
    'past_key_values.0.key': {
      'genai_config.json': undefined,
      'model.onnx': await readFile(join(directoryOf('ops'), 'add.onnx')),
    },
  }
  for (const [words, changes] of Object.entries(faults)) {
    await changed('tiny-llama', changes, async (directory) => {
      try {
        await (await load(directory)).dispose()
        assert.unreachable(words)
      } catch (error) {
        assert.is((error as { code?: string }).code, 'bad_model', words)
        assert.ok((error as Error).message.includes(words.trim()), `${words}: ${(error as Error).message}`)
      }
    })
  }
})

test('external weights that are missing make a bad model', () =>
  changed('tiny-llama-external', { 'model.onnx.data': undefined }, async (directory) =>
    assert.is(await codeOf(() => load(directory)), 'bad_model'),
  ))

test('a length beyond the model, and options that do not exist, are refused', async () => {
  assert.is(await codeOf(() => load(directoryOf('tiny-llama'), { max_model_len: 257 })), 'bad_model')
  assert.not(textGeneration.options.safeParse({ max_num_sequences: 4 }).success)
  assert.not(textGeneration.options.safeParse({ max_num_seqs: 0 }).success)
  assert.not(textGeneration.options.safeParse({ prompt_lookup: true, draft_models_path: '.' }).success)
})

test('a draft model answers with the model if it has the same tokens, and is refused if not', async () => {
  const servable = await load(directoryOf('tiny-llama'), { draft_models_path: '../tiny-qwen2' })
  await servable.dispose()
  assert.is(
    await codeOf(() => load(directoryOf('tiny-llama'), { draft_models_path: '../../../../models/demo-chat' })),
    'bad_model',
  )
  assert.is(await codeOf(() => load(directoryOf('tiny-llama'), { draft_models_path: '../tiny-llama-optimum' })), 'bad_model')
  assert.is(await codeOf(() => load(directoryOf('tiny-llama'), { draft_models_path: 'nowhere' })), 'bad_model')
})

test.run()
