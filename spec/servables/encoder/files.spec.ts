import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineError } from '../../../engine/index.ts'
import { activationOf } from '../../../servables/encoder/activation.ts'
import { readEncoderFiles } from '../../../servables/encoder/files.ts'
import { readPairTemplate } from '../../../servables/encoder/pair-template.ts'
import { kinds } from '../../../servables/index.ts'
import { directoryOf, families, loadEmbedder, loadReranker, unload } from './families.ts'

/** Works with a copy of a family's folder in which some JSON files are others, and some are gone. */
async function changed<T>(
  family: string,
  files: Readonly<Record<string, unknown>>,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'encoder-'))
  try {
    await cp(directoryOf(family), directory, { recursive: true })
    for (const [name, content] of Object.entries(files)) {
      const file = join(directory, name)
      await mkdir(join(file, '..'), { recursive: true })
      if (content === null) await rm(file, { recursive: true })
      else await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
    }
    return await work(directory)
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** A family's config.json with some fields changed. */
const config = async (family: string, fields: object) => ({
  ...JSON.parse(await readFile(join(directoryOf(family), 'config.json'), 'utf8')),
  ...fields,
})

const read = (directory: string) => readEncoderFiles(directory, 'embeddings')
const faultOf = (doing: Promise<unknown>) =>
  doing.then(
    () => assert.unreachable('it was read') as never,
    ({ code, message }: EngineError) => {
      assert.is(code, 'bad_model')
      return message
    },
  )

/** The kind that a directory without a graph.yaml is loaded as. */
async function kindOf(directory: string): Promise<string | undefined> {
  for (const [name, kind] of Object.entries(kinds)) if (await kind.detect(directory)) return name
  return undefined
}

test('a directory tells of which kind it is', async () => {
  for (const [name, golden] of Object.entries(families)) {
    // A language model that ranks looks like any other: the configuration says that it does, or its modules do.
    const isJudge = /^qwen3-reranker(-past)?$/.test(name)
    const kind = isJudge ? 'text_generation' : 'pairs' in golden ? 'rerank' : 'embeddings'
    assert.equal([name, await kindOf(directoryOf(name))], [name, kind])
  }
  const modules = [{ path: '', type: 'sentence_transformers.base.modules.transformer.Transformer' }, logitScore]
  assert.is(await changed('qwen3-reranker', { 'modules.json': modules }, kindOf), 'rerank')
  const saved = { 'config_sentence_transformers.json': { model_type: 'CrossEncoder' } }
  assert.is(await changed('qwen3-reranker', saved, kindOf), 'rerank')
})

const logitScore = { path: '1_LogitScore', type: 'sentence_transformers.cross_encoder.modules.logit_score.LogitScore' }

test('positions that are counted from behind the padding token are as many fewer', async () => {
  assert.is((await read(directoryOf('roberta-mean'))).maxLength, 64)
  const long = { 'sentence_bert_config.json': null, 'tokenizer_config.json': null }
  const lengthOf = async (family: string) => changed(family, long, async (directory) => (await read(directory)).maxLength)
  assert.is(await lengthOf('xlm-roberta-cls'), 64)
  assert.is(await lengthOf('bert-mean'), 64)
  assert.is(await lengthOf('nomic-mean'), 64)
})

test('poolings are read as flags, as names, and as several', async () => {
  const poolingOf = (pooling: object) =>
    changed('bert-mean', { '1_Pooling/config.json': pooling }, async (directory) => (await read(directory)).pooling)
  assert.equal(await poolingOf({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }), ['CLS'])
  assert.equal(await poolingOf({ pooling_mode_lasttoken: true }), ['LAST'])
  assert.equal(await poolingOf({ pooling_mode: 'mean', embedding_dimension: 32 }), ['MEAN'])
  assert.equal(await poolingOf({ pooling_mode: ['cls', 'weightedmean'] }), ['CLS', 'WEIGHTED_MEAN'])
  const wrong = (pooling: object) => faultOf(poolingOf(pooling))
  assert.match(await wrong({ pooling_mode: 'attention' }), 'the pooling attention; supported are cls')
  assert.match(await wrong({ pooling_mode: 'mean', include_prompt: false }), 'include_prompt')
})

test('modules that are not known are named', async () => {
  const modules = [
    { path: '', type: 'sentence_transformers.models.Transformer' },
    { path: '1', type: 'a.b.Whitening' },
  ]
  assert.match(await faultOf(changed('bert-mean', { 'modules.json': modules }, read)), 'a.b.Whitening; supported are Transformer')
  const sum = { '1_SpladePooling/config.json': { pooling_strategy: 'sum', activation_function: 'relu' } }
  assert.match(await faultOf(changed('splade', sum, read)), 'the sum of relu; supported is the max of relu')
})

test('a file is chosen by its name; of several without a usual one, the choice is asked for', async () => {
  const asked = await readEncoderFiles(directoryOf('bge-web'), 'embeddings', 'onnx/model_fp16.onnx')
  assert.ok(asked.file.endsWith('onnx/model_fp16.onnx'))
  assert.ok((await read(directoryOf('bge-web'))).file.endsWith('onnx/model.onnx'))
  const message = await faultOf(changed('bge-web', { 'onnx/model.onnx': null }, read))
  assert.match(message, 'model_fp16.onnx, onnx/model_quantized.onnx. Say which with model_file.')
  const none = await faultOf(changed('bert-mean', { 'model.onnx': null }, read))
  assert.match(none, 'optimum-cli export onnx --task feature-extraction')
})

test("what a classifier's logits become, its config.json says, or nothing does", () => {
  const labels = { '0': 'a', '1': 'b' }
  assert.is(activationOf({ sentence_transformers: { activation_fn: 'torch.nn.modules.linear.Identity' } }), 'identity')
  assert.is(activationOf({ sbert_ce_default_activation_function: 'torch.nn.modules.activation.Sigmoid' }), 'sigmoid')
  assert.is(activationOf({ sentence_transformers: { activation_fn: 'x.Identity' }, id2label: labels }), undefined)
  assert.is(activationOf({ problem_type: 'multi_label_classification', id2label: labels }), 'sigmoid')
  assert.is(activationOf({ problem_type: 'regression' }), 'identity')
  assert.is(activationOf({ id2label: labels }), undefined)
})

test('a classifier says what its files or the options say', async () => {
  const activations = async (name: string, options = {}) => (await loadReranker(name, options)).sides.ENCODER.activation
  assert.is(await activations('bert-rerank'), 'sigmoid')
  assert.is(await activations('roberta-classify'), 'softmax')
  assert.is(await activations('roberta-classify', { activation: 'identity' }), 'identity')
  const told = { 'config.json': await config('bert-rerank', { sentence_transformers: { activation_fn: 'nn.Identity' } }) }
  assert.is(await changed('bert-rerank', told, (directory) => activations(directory)), 'identity')
  const saved = { 'config_sentence_transformers.json': { activation_fn: 'torch.nn.modules.linear.Identity' } }
  assert.is(await changed('bert-rerank', saved, (directory) => activations(directory)), 'identity')
})

test('prompts and the one that is usual come from the files, and the options add to them', async () => {
  const { sides, servable } = await loadEmbedder('e5-pooled', {
    prompts: { query: 'q: ', code: 'c: ' },
    default_prompt_name: 'code',
  })
  assert.equal(sides.ENCODER.prompts, { query: 'q: ', document: '', passage: 'passage: ', code: 'c: ' })
  assert.is(sides.ENCODER.defaultPrompt, 'code')
  assert.match(await faultOf(loadEmbedder('e5-pooled', { default_prompt_name: 'cats' })), 'It has query, document, passage')
  assert.equal([servable.hiddenSize, servable.maxModelLength], [32, 64])
  assert.is((await loadReranker('bert-rerank')).servable.hiddenSize, undefined)
})

test("ColBERT's queries are filled up where PyLate's files say so, with masks, or with what ends texts", async () => {
  const fillingOf = async (directory: string, options = {}) => (await loadEmbedder(directory, options)).sides.ENCODER.queryFilling
  const masks = { length: 16, token: 4, isAttended: false }
  assert.equal(await fillingOf('colbert'), masks)
  assert.equal(await fillingOf('colbert', { max_length: 8 }), { ...masks, length: 8 })
  const told = { query_prefix: '[Q] ', query_length: 16 }
  const changes: readonly (readonly [object, unknown])[] = [
    [{ query_length: null }, undefined],
    [{ do_query_expansion: false }, undefined],
    [{ attend_to_expansion_tokens: true }, { ...masks, isAttended: true }],
  ]
  for (const [change, wanted] of changes) {
    const files = { 'config_sentence_transformers.json': { ...told, ...change } }
    assert.equal(await changed('colbert', files, (directory) => fillingOf(directory)), wanted)
  }
  const endless = { 'tokenizer_config.json': { eos_token: '[SEP]' } }
  assert.equal(await changed('colbert', endless, (directory) => fillingOf(directory)), { ...masks, token: 3 })
  assert.match(
    await faultOf(changed('colbert', { 'tokenizer_config.json': { mask_token: 'two words' } }, fillingOf)),
    'two words',
  )
  assert.is(await fillingOf('bert-mean'), undefined)
})

test('texts are read in lower case where sentence-transformers would, whatever the tokenizer does', async () => {
  const idsOf = async (directory: string) => (await loadEmbedder(directory)).sides.TOKENIZER.encode('A CAT sat')
  const files = { 'sentence_bert_config.json': { max_seq_length: 64, do_lower_case: true } }
  const lower = (await loadEmbedder('roberta-mean')).sides.TOKENIZER.encode('a cat sat')
  assert.equal(await changed('roberta-mean', files, idsOf), await lower)
  assert.not.equal(await idsOf('roberta-mean'), await lower)
})

test("PyLate's prefixes are prompts, and the usual adapter is the one for comparing, unless something else is said", async () => {
  const prefixes = { 'config_sentence_transformers.json': { query_prefix: '[Q] ', document_prefix: '[D] ' } }
  const promptsOf = async (directory: string) => (await read(directory)).prompts
  assert.equal(await changed('colbert', prefixes, promptsOf), { query: '[Q] ', document: '[D] ' })
  const vectorsOf = async (options = {}, task?: number) =>
    (await loadEmbedder('jina3-mean', options)).sides.ENCODER.encode([{ ids: [2, 9, 3], task }], new AbortController().signal)
  assert.equal(await vectorsOf(), await vectorsOf({}, 4))
  assert.equal(await vectorsOf({ default_prompt_name: 'separation' }), await vectorsOf({}, 2))
  assert.not.equal(await vectorsOf({}, 2), await vectorsOf({}, 4))
})

test("a masked language model's logits are no vectors, but by SPLADE", async () => {
  const bare = { 'modules.json': null, '1_SpladePooling': null }
  await changed('splade', bare, async (directory) => {
    assert.match(await faultOf(loadEmbedder(directory)), 'For a SPLADE model set the option pooling: SPLADE')
    const { ENCODER } = (await loadEmbedder(directory, { pooling: 'SPLADE' })).sides
    assert.equal(ENCODER.outputs, ['vector', 'sparse'])
  })
  assert.equal((await loadEmbedder('colbert')).sides.ENCODER.outputs, ['tokens'])
  assert.is((await loadEmbedder('colbert')).sides.ENCODER.width, 12)
  assert.match(await faultOf(loadEmbedder('bert-mean', { pooling: 'SPLADE' })), 'which SPLADE is made of')
})

test('a language model ranks by the tokens that its modules or its family say', async () => {
  const modules = {
    'modules.json': [{ path: '', type: 'Transformer' }, logitScore],
    '1_LogitScore/config.json': { true_token_id: 7 },
  }
  const answersOf = async (directory: string) => (await readEncoderFiles(directory, 'rerank')).answers
  assert.equal(await changed('qwen3-reranker', modules, answersOf), { yes: 7, no: undefined })
  const stranger = { 'config.json': await config('qwen3-reranker', { model_type: 'granite' }) }
  assert.match(await faultOf(changed('qwen3-reranker', stranger, (directory) => loadReranker(directory))), 'LogitScore does')
})

test("a pair's form is the chat template's, if that is for pairs", async () => {
  const form = await readPairTemplate(directoryOf('qwen3-reranker-seq-cls'))
  assert.is(form?.before('Q$&'), 'Judge, as you are told: relevance<|im_end|>\nquery: Q$&\n\ndocument:')
  assert.is(form?.before('Q', 'I'), 'Judge, as you are told: I<|im_end|>\nquery: Q\n\ndocument:')
  assert.is(form?.after, '<|im_end|>')
  assert.is(await readPairTemplate(directoryOf('bert-rerank')), undefined)
  const chat = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}"
  const refusing = "{{ raise_exception('no such role') }}"
  for (const template of [chat, refusing])
    assert.is(await changed('bert-rerank', { 'chat_template.jinja': template }, readPairTemplate), undefined)
  assert.match(await faultOf(changed('bert-rerank', { 'chat_template.jinja': '{% if' }, readPairTemplate)), 'cannot be parsed')
})

test("an instruction of the options stands where the request's would", async () => {
  const { ENCODER } = (await loadReranker('qwen3-reranker', { instruction: 'find cats' })).sides
  assert.match(ENCODER.pairTemplate!.before('Q'), '<Instruct>: find cats\n<Query>: Q\n<Document>: ')
  assert.match(ENCODER.pairTemplate!.before('Q', 'find dogs'), '<Instruct>: find dogs\n')
})

test.after(unload)
test.run()
