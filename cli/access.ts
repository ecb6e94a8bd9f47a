import { readFile } from 'node:fs/promises'
import { EngineError } from '../engine/index.ts'
import type { ServerFlags } from './flags.ts'
import { ApiKey, type DoorOptions } from './http/index.ts'

/** OVMS's ways to give the key: the first line of a file, or the environment. */
export async function readApiKey(file: string | undefined): Promise<ApiKey | undefined> {
  const text = file === undefined ? process.env.API_KEY : await readKeyFile(file)
  const key = text?.split('\n', 1)[0]?.trim()
  if (key) return new ApiKey(key)
  if (file === undefined) return undefined
  throw new EngineError('bad_configuration', `${file}: its first line is empty; it should be the API key.`)
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_configuration', `--api_key_file can't be read: ${why}`, { cause })
  }
}

/** Which web pages may call: none, unless origins are given. */
export function corsOf({ allowed_origins, allowed_methods, allowed_headers }: ServerFlags): DoorOptions['cors'] {
  if (allowed_origins === undefined) return undefined
  return { origins: list(allowed_origins), methods: list(allowed_methods), headers: list(allowed_headers) }
}

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
