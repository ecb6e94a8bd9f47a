import { type Expression, sequence } from './ebnf.ts'
import { regexExpression } from './regex.ts'

const date =
  '(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|[0-9]{2}(?:0[48]|[2468][048]|[13579][26])-02-29)'
const time = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])'
const octet = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?'
const hostname = `${label}(?:\\.${label}){0,3}`
const group = '[0-9a-fA-F]{1,4}'
const path = "[A-Za-z0-9._~!$&'()*+,;=:@-]"

/**
 * Texts of JSON Schema's formats, as regular expressions. Where a format has strange members, such as e-mail addresses in
 * quotation marks, they are left out.
 */
const formats: Readonly<Record<string, string>> = {
  date,
  time,
  'date-time': `${date}T${time}`,
  duration:
    'P(?:[0-9]{1,6}W|[0-9]{1,6}D(?:T(?:[0-9]{1,6}H(?:[0-9]{1,6}M)?(?:[0-9]{1,6}S)?|[0-9]{1,6}M(?:[0-9]{1,6}S)?|[0-9]{1,6}S))?|[0-9]{1,6}Y(?:[0-9]{1,6}M(?:[0-9]{1,6}D)?)?|[0-9]{1,6}M(?:[0-9]{1,6}D)?|T(?:[0-9]{1,6}H(?:[0-9]{1,6}M(?:[0-9]{1,6}S)?)?|[0-9]{1,6}M(?:[0-9]{1,6}S)?|[0-9]{1,6}S))',
  email: `[A-Za-z0-9_+-]+(?:\\.[A-Za-z0-9_+-]+)*@(?:${label}\\.){1,3}[A-Za-z]{2,24}`,
  hostname,
  ipv4: `${octet}(?:\\.${octet}){3}`,
  ipv6: `(?:${group}(?::${group}){7}|::(?:${group}(?::${group}){0,5})?|${group}(?::${group}){0,2}::(?:${group}(?::${group}){0,3})?)`,
  uuid: '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}',
  uri: `[a-z][a-z0-9+.-]*://${hostname}(?::[0-9]{1,4})?(?:/${path}*)*(?:\\?[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?(?:#[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?`,
  'uri-reference': `(?:[a-z][a-z0-9+.-]*://${hostname}(?::[0-9]{1,4})?)?(?:/${path}+)+`,
  'json-pointer': '(?:/[A-Za-z0-9_. -]*)*',
}

/** Those that say something about numbers, or nothing at all: OpenAPI's. */
export const nominalFormats: ReadonlySet<string> = new Set(['int64', 'float', 'double', 'password', 'binary', 'byte'])

export const formatNames: readonly string[] = Object.keys(formats)

/** A format's texts; undefined when it is not known here. */
export function formatExpression(format: string): Expression | undefined {
  const pattern = Object.hasOwn(formats, format) ? formats[format] : undefined
  return pattern === undefined ? undefined : sequence(regexExpression(pattern))
}
