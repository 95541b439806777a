import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { lockFolder } from './exclusive.ts'

/** The name under which `pg` looks for the socket of the default port in a folder. */
const SOCKET = '.s.PGSQL.5432'

/** Octets of a socket's path: macOS takes 104 with the closing zero, Linux 108. */
const MAX_SOCKET_PATH = 103

export interface EmbeddedPostgres {
  /** For `pg`; one connection at a time, so `startBridge` takes `maxConnections: 1`. */
  connectionString: string
  close: () => Promise<void>
}

export interface EmbeddedOptions {
  /** Made when it does not exist; used by one process at a time. */
  dataDir: string
  /** A Unix socket in a folder of this user alone, or a port of 127.0.0.1, which is all that Windows has. */
  listen?: 'unix' | 'tcp' | undefined
}

/**
 * PostgreSQL inside this process (PGlite, compiled to WebAssembly), its data in `dataDir`. What was committed survives
 * the death of the process at any moment; PGlite cannot fsync, so a power failure may cost the last commits.
 *
 * Throws `FolderInUseError` when another process serves the folder.
 */
export async function startEmbeddedPostgres({ dataDir, listen }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const lock = lockFolder(dataDir)
  try {
    const db = await openCluster(dataDir)
    const unix = (listen ?? (process.platform === 'win32' ? 'tcp' : 'unix')) === 'unix'
    const folder = unix ? await socketFolder(resolve(dataDir)) : undefined
    // One connection: PGlite is one session, and the messages of two clients would mix in it.
    const server = new PGLiteSocketServer({
      db,
      maxConnections: 1,
      ...(folder === undefined ? { host: '127.0.0.1', port: 0 } : { path: join(folder, SOCKET) }),
    })
    await server.start()
    return {
      connectionString:
        folder === undefined
          ? `postgres://postgres@${server.getServerConn()}/postgres`
          : `postgres://postgres@/postgres?host=${encodeURIComponent(folder)}`,
      async close() {
        await server.stop()
        await db.close()
        if (folder !== undefined && folder !== resolve(dataDir)) await rm(folder, { recursive: true, force: true })
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Where the socket goes: into the data's own folder, which only this user can enter, if its path is short enough. */
async function socketFolder(dataDir: string): Promise<string> {
  const path = join(dataDir, SOCKET)
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) return mkdtemp(join(tmpdir(), 'silentrelay-pg-'))
  // Left by a process that was killed: the folder is locked, so nobody listens on it.
  await rm(path, { force: true })
  return dataDir
}

/**
 * A cluster appears under its name only once it is complete: PGlite takes seconds to make one, and does not start from
 * one that a crash left half made. A stale `postmaster.pid` needs no care, since PGlite ignores it.
 */
async function openCluster(dataDir: string): Promise<PGlite> {
  const cluster = join(dataDir, 'cluster')
  if (!existsSync(cluster)) {
    const unfinished = join(dataDir, 'cluster.unfinished')
    await rm(unfinished, { recursive: true, force: true })
    const db = await PGlite.create({ dataDir: unfinished })
    await db.close()
    await chmod(unfinished, 0o700)
    await rename(unfinished, cluster)
  }
  return PGlite.create({ dataDir: cluster })
}
