import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * A short name for a model as it is served: another when one of its files is another, or an option. Told to clients as
 * `system_fingerprint`. Files are taken for the same as long as their sizes and times are.
 *
 * @param directory the model's
 * @param model its ONNX file, which may lie deeper
 */
export async function modelFingerprint(directory: string, model: string, options: object): Promise<string> {
  const folders = [...new Set([directory, dirname(model)])]
  const files = (await Promise.all(folders.map(filesIn))).flat().sort()
  const facts = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file)
      return [file.slice(directory.length), size, mtimeMs]
    }),
  )
  return `fp_${createHash('sha256')
    .update(JSON.stringify([facts, options]))
    .digest('hex')
    .slice(0, 10)}`
}

const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => join(folder, name))
