import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Plugin } from 'vite'
import { CLIENT_MANIFEST_PATH, clientFile, writeClientManifest } from '#protocol/client-manifest.ts'

/** Writes the manifest of everything that is in the folder once the build is done, the service worker too: stands last. */
export function clientManifest(): Plugin {
  let folder = ''
  return {
    name: 'silentrelay:client-manifest',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, relative(root, build.outDir))
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler: () => writeManifest(folder),
    },
  }
}

/** Writes the manifest of a folder into it, in the place of one that is there. */
export async function writeManifest(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const named = files.map((file) => ({ file, path: `/${relative(folder, file).split(sep).join('/')}` }))
  const listed = named.filter(({ path }) => path !== CLIENT_MANIFEST_PATH)
  const hashed = await Promise.all(listed.map(async ({ file, path }) => clientFile(path, await readFile(file))))
  await writeFile(join(folder, CLIENT_MANIFEST_PATH), writeClientManifest(hashed))
}
