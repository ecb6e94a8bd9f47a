import { readFile, stat } from 'node:fs/promises'
import type { Fault } from './errors.ts'
import { readYaml, type YamlDocument } from './yaml.ts'

/** Bytes; `readYaml` counts the letters. */
const largestFile = 4 * 1024 * 1024

/** Reads a YAML or JSON file; one that cannot be read is a fault. */
export async function readYamlFile(file: string): Promise<{ readonly document?: YamlDocument; readonly faults: Fault[] }> {
  const unreadable = (message: string) => ({ faults: [{ code: 'unreadable' as const, message, file, line: 0, column: 0 }] })
  try {
    const { size } = await stat(file)
    if (size > largestFile) return unreadable(`the file has ${size} bytes, more than a graph or configuration can have`)
    return readYaml(await readFile(file, 'utf8'), file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return unreadable(
      error.code === 'ENOENT' ? 'there is no such file' : error.code === 'EISDIR' ? 'this is a directory' : error.message,
    )
  }
}
