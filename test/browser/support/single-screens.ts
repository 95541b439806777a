import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import { type AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { BUILD_FOLDERS, ensureClient } from '#scripts/lib/client-build.ts'
import { clientHeaders, setSecurityHeaders } from '#workers/http/headers.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

/** The client with its seeded engine in memory, served with the headers of the real one. */
export class SingleScreens {
  readonly url: string
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://localhost:${(server.address() as AddressInfo).port}`
  }

  /** Builds the client first, unless it is built. */
  static async serve(building: () => void = () => undefined): Promise<SingleScreens> {
    await ensureClient(building, 'fake')
    const server = createServer((request, response) => {
      void answer(new URL(request.url ?? '/', 'http://localhost').pathname).then(({ headers, body }) =>
        response.writeHead(200, Object.fromEntries(headers)).end(body),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
    return new SingleScreens(server)
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** A file of the build; everything else is a route of the one page, which says itself what it does not know. */
async function answer(pathname: string): Promise<{ headers: Headers; body: Buffer }> {
  const asked = join(BUILD_FOLDERS.fake, normalize(pathname))
  const page = join(BUILD_FOLDERS.fake, 'index.html')
  const file = extname(asked) in TYPES ? asked : page
  const body = await readFile(file).catch(() => readFile(page))
  const headers = new Headers({ ...clientHeaders(undefined), 'content-type': TYPES[extname(file)] ?? 'text/plain' })
  setSecurityHeaders(headers)
  return { headers, body }
}
