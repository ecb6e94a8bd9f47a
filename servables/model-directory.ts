import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../engine/index.ts'

/**
 * A JSON file of a model's directory; undefined when it is not there.
 *
 * @throws EngineError `bad_model` when it is there and is not what `schema` says
 */
export async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${file} is not what it should be: ${reason}`, { cause })
  }
}

/**
 * A model's ONNX file: the one that is asked for, the one that a configuration names, `model.onnx` as exporters call it, or the
 * only one.
 *
 * @param asked relative to the directory
 * @param remedy how to come by one, as a sentence
 * @throws EngineError `bad_model`
 */
export async function findModelFile(
  directory: string,
  { asked, named, remedy }: { readonly asked?: string | undefined; readonly named?: string | undefined; readonly remedy: string },
): Promise<string> {
  const usual = ['model.onnx', 'onnx/model.onnx']
  const candidates = asked !== undefined ? [asked] : [...(named === undefined ? [] : [named]), ...usual]
  for (const candidate of candidates) {
    const file = join(directory, candidate)
    if (await exists(file)) return file
  }
  const others = await onnxFiles(directory)
  if (asked === undefined && others.length === 1) return join(directory, others[0]!)
  const looked = [...new Set(candidates)].join(', ')
  const none = `${directory} has no ONNX model (looked for ${looked})`
  const choose = `${directory} has no ${looked}, but ${others.join(', ')}. Say which with model_file.`
  throw new EngineError('bad_model', others.length > 0 ? choose : `${none}. ${remedy}`)
}

/** Those in a directory and in its folder `onnx`, where Transformers.js has them. */
async function onnxFiles(directory: string): Promise<string[]> {
  const listed = ['', 'onnx'].map(async (folder) => {
    const names = await readdir(join(directory, folder)).catch(() => [])
    return names.filter((name) => name.endsWith('.onnx')).map((name) => join(folder, name))
  })
  return (await Promise.all(listed)).flat().sort()
}

/** Whether a file is there and can be seen. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
