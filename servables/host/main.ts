/** The program of host processes. */
import { kinds } from './kinds.ts'
import { serveHost } from './serve-host.ts'

serveHost(kinds)
