/**
 * For the build only: makes qr-scanner's decoder a worker file of this client's own. The library starts it from a `blob:`
 * URL, which the Content-Security-Policy forbids, as it should. It keeps the worker's source as the one template literal of
 * a module; this takes the source out of it, and leads the library to `create-decoder.ts`, which starts it as a file.
 */

const LIBRARY = /\/qr-scanner\/qr-scanner\.min\.js(\?.*)?$/
const WORKER = /\/qr-scanner\/qr-scanner-worker\.min\.js(\?.*)?$/
const LITERAL = /^export const createWorker=\(\)=>new Worker\(URL\.createObjectURL\(new Blob\(\[`([\s\S]*)`\]\)?,/

/** The decoder's source out of the library's module. @throws when the module is not of the form that is known */
export function decoderSource(module: string): string {
  const literal = LITERAL.exec(module)?.[1]
  if (literal === undefined) throw new Error('qr-scanner’s worker module has another form than in 1.4.2')
  // The literal holds no substitution, and escapes nothing but backticks and dollars.
  if (/(?<!\\)(?:`|\$\{)/.test(literal) || /\\[^`$]/.test(literal))
    throw new Error('qr-scanner’s worker source has new escapes')
  return literal.replaceAll(/\\([`$])/g, '$1')
}

/** A Vite plugin: belongs into `plugins` and `worker.plugins`. */
export function qrDecoderAsFile() {
  const create = decodeURIComponent(new URL('./create-decoder.ts', import.meta.url).pathname)
  return {
    name: 'qr-decoder-as-file',
    enforce: 'pre' as const,
    // Prebundled dependencies would pass this by.
    config: () => ({ optimizeDeps: { exclude: ['qr-scanner'] } }),
    resolveId: (source: string, importer?: string) =>
      source === './qr-scanner-worker.min.js' && importer !== undefined && LIBRARY.test(importer) ? create : undefined,
    transform: (code: string, id: string) => (WORKER.test(id) ? { code: decoderSource(code), map: null } : undefined),
  }
}
