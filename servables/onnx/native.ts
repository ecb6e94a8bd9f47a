import koffi from 'koffi'

// Native code runs on a stack of koffi's, of 128 KiB unless told. ONNX Runtime recurses into subgraphs, and expects a thread's stack.
koffi.config({ ...koffi.config(), async_stack_size: 8 * 1024 * 1024 })

/** The C library: of Linux and macOS the one already in the process. */
export const libc = koffi.load(process.platform === 'win32' ? 'msvcrt.dll' : null)

export { koffi }
