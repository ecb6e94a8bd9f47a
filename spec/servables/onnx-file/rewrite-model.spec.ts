import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rewriteModel } from '../../../servables/onnx-file/index.ts'
import { fixture, promptOf, sameBits, wholeLogits } from './decoder.ts'
import { inCopyOf } from './model-copy.ts'
import { codeOf, inFolder } from './small-models.ts'

const int8 = { precision: 'int8', lastLogits: true } as const
const keep = { precision: 'keep', lastLogits: true } as const

const logitsOf = (file: string) => wholeLogits(file, fixture('tiny-llama'), promptOf(20, 1), [[0, 19]])

const entriesBeside = async (file: string): Promise<string[]> =>
  (await readdir(join(dirname(file), '.ovms-ts'))).filter((name) => name !== '.gitignore').toSorted()

/** With the user's cache in a folder of its own. */
const withCache = (work: (cache: string) => Promise<void>) =>
  inFolder(async (cache) => {
    const before = process.env.XDG_CACHE_HOME
    process.env.XDG_CACHE_HOME = cache
    try {
      await work(cache)
    } finally {
      if (before === undefined) delete process.env.XDG_CACHE_HOME
      else process.env.XDG_CACHE_HOME = before
    }
  })

test('nothing asked for is nothing done', () =>
  inCopyOf('tiny-llama', async (file) => {
    assert.equal(await rewriteModel(file, { precision: 'keep', lastLogits: false }), { file, applied: [], skipped: [] })
    assert.not.ok((await readdir(dirname(file))).includes('.ovms-ts'))
  }))

for (const model of ['tiny-llama', 'tiny-llama-external']) {
  test(`${model}: a rewritten model is made once and found again`, () =>
    inCopyOf(model, async (file) => {
      const first = await rewriteModel(file, int8)
      const made = await stat(first.file)
      const again = await rewriteModel(file, int8)
      assert.equal(again, first)
      assert.is((await stat(again.file)).ino, made.ino)
      assert.is((await rewriteModel(file, keep)).applied.join(), 'last_logits')
      assert.is((await entriesBeside(file)).length, 2)
    }))

  test(`${model}: the original stays as it was, and so do logits when it is gone`, () =>
    inCopyOf(model, async (file) => {
      const { file: rewritten } = await rewriteModel(file, keep)
      assert.ok((await readFile(file)).equals(await readFile(fixture(model, 'model.onnx'))))
      const logits = await logitsOf(rewritten)
      for (const name of ['model.onnx', 'model.onnx.data']) await rm(join(dirname(file), name), { force: true })
      assert.ok(sameBits(await logitsOf(rewritten), logits))
    }))
}

test('data that a rewrite leaves alone is not stored twice', () =>
  inCopyOf('tiny-llama-external', async (file) => {
    const { file: rewritten } = await rewriteModel(file, keep)
    assert.is((await stat(join(dirname(rewritten), 'model.onnx.data'))).ino, (await stat(`${file}.data`)).ino)
    assert.not.ok((await readdir(dirname(rewritten))).includes('computed.data'))
  }))

test('a model with other contents is rewritten anew, and what was made of the old ones goes', () =>
  inCopyOf('tiny-llama', async (file) => {
    const old = await rewriteModel(file, int8)
    await appendFile(file, Buffer.from([0xf2, 0x3f, 0])) // An unknown field of no bytes.
    const next = await rewriteModel(file, int8)
    assert.is.not(next.file, old.file)
    assert.equal(await entriesBeside(file), [dirname(next.file).split('/').at(-1)])
  }))

test('other contents of the same size and name are noticed, in the file and in its data', async () => {
  for (const name of ['model.onnx', 'model.onnx.data']) {
    await inCopyOf('tiny-llama-external', async (file) => {
      const old = await rewriteModel(file, keep)
      const changed = join(dirname(file), name)
      const bytes = await readFile(changed)
      bytes[bytes.length - 1]! ^= 1
      await rm(changed)
      await writeFile(changed, bytes)
      assert.is.not((await rewriteModel(file, keep)).file, old.file)
    })
  }
})

test('touching a file without changing it keeps what was made of it', () =>
  inCopyOf('tiny-llama', async (file) => {
    const first = await rewriteModel(file, int8)
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    assert.is((await rewriteModel(file, int8)).file, first.file)
  }))

const damages: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  'cut short': (folder) => truncate(join(folder, 'computed.data'), 100),
  'written over': async (folder) => {
    const bytes = await readFile(join(folder, 'computed.data'))
    bytes.fill(0, 5000, 6000)
    await writeFile(join(folder, 'computed.data'), bytes)
  },
  'without its model': (folder) => rm(join(folder, 'model.onnx')),
  'without its manifest': (folder) => rm(join(folder, 'rewrite.json')),
  'with half a manifest': (folder) => truncate(join(folder, 'rewrite.json'), 20),
}

for (const [what, damage] of Object.entries(damages)) {
  test(`an entry ${what} is made again`, () =>
    inCopyOf('tiny-llama', async (file) => {
      const first = await rewriteModel(file, int8)
      const logits = await logitsOf(first.file)
      await damage(dirname(first.file))
      const again = await rewriteModel(file, int8)
      assert.equal(again, first)
      assert.ok(sameBits(await logitsOf(again.file), logits))
    }))
}

test('several that load the same model at once get the same entry, whole', () =>
  inCopyOf('tiny-llama', async (file) => {
    const all = await Promise.all(Array.from({ length: 6 }, () => rewriteModel(file, int8)))
    assert.is(new Set(all.map((each) => each.file)).size, 1)
    assert.equal((await entriesBeside(file)).length, 1)
    assert.is((await logitsOf(all[0]!.file)).length, 512)
  }))

test('what a process that ended left unfinished is removed after a while, not before', () =>
  inCopyOf('tiny-llama', async (file) => {
    const base = join(dirname(file), '.ovms-ts')
    for (const name of ['old.unfinished', 'new.unfinished']) await mkdir(join(base, name), { recursive: true })
    const longAgo = new Date(Date.now() - 2 * 86_400_000)
    await utimes(join(base, 'old.unfinished'), longAgo, longAgo)
    await rewriteModel(file, int8)
    const left = await entriesBeside(file)
    assert.equal([left.includes('old.unfinished'), left.includes('new.unfinished'), left.length], [false, true, 2])
  }))

test('a model in a folder that cannot be written is kept in the user’s cache', () =>
  withCache((cache) =>
    inCopyOf('tiny-llama-external', async (file) => {
      await writeFile(join(dirname(file), '.ovms-ts'), 'a file where the folder should be')
      const first = await rewriteModel(file, int8)
      assert.ok(first.file.startsWith(cache))
      assert.is((await logitsOf(first.file)).length, 512)
      assert.equal(await rewriteModel(file, int8), first)
    }),
  ))

test('a model that can be written nowhere stays as it is, with the reason', () =>
  withCache((cache) =>
    inCopyOf('tiny-llama', async (file) => {
      await writeFile(join(dirname(file), '.ovms-ts'), '')
      await writeFile(join(cache, 'ovms-ts'), '')
      const { file: loaded, applied, skipped } = await rewriteModel(file, int8)
      assert.is(loaded, file)
      assert.equal(applied, [])
      assert.equal(
        skipped.map(({ what }) => what),
        ['last_logits', 'per_token_int8'],
      )
    }),
  ))

test('what cannot be rewritten is left as it is, with reasons, and nothing is written', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'add.onnx')
    await cp(fixture('ops', 'add.onnx'), file)
    const outcome = await rewriteModel(file, int8)
    assert.equal([outcome.file, outcome.applied], [file, []])
    assert.equal(
      outcome.skipped.map(({ what }) => what),
      ['last_logits', 'per_token_int8'],
    )
    assert.equal(await readdir(folder), ['add.onnx'])
  }))

test('a file that is missing, broken, or misses its data is a bad model', async () => {
  await inFolder(async (folder) => {
    assert.is(await codeOf(() => rewriteModel(join(folder, 'model.onnx'), int8)), 'bad_model')
    await writeFile(join(folder, 'model.onnx'), 'not a model')
    assert.is(await codeOf(() => rewriteModel(join(folder, 'model.onnx'), int8)), 'bad_model')
  })
  await inCopyOf('tiny-llama-external', async (file) => {
    await rename(`${file}.data`, `${file}.elsewhere`)
    assert.is(await codeOf(() => rewriteModel(file, int8)), 'bad_model')
    await writeFile(`${file}.data`, '')
    assert.is(await codeOf(() => rewriteModel(file, int8)), 'bad_model')
  })
})

test.run()
