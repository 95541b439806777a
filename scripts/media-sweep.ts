/**
 * `npm run media:sweep`: deletes media whose time is over, and uploads that nobody completed. Of the relay that runs on this
 * machine; or, with DATABASE_URL and the variables of the storage (MEDIA_S3_…), of any. May be run at any time.
 */

import { openDatabase } from '#db/client.ts'
import { type S3Settings, presign } from '#workers/media/s3.ts'
import { type SweptBucket, sweepMedia } from '#workers/scheduler/media-sweep.ts'
import { Failure, runCommand } from './lib/failure.ts'
import { dataFolders } from './lib/folders.ts'
import { LOCAL_S3 } from './lib/miniflare.ts'
import { parsePort } from './lib/ports.ts'
import { withDatabase } from './lib/running-database.ts'
import { loadMediaSecret } from './lib/secrets.ts'

const URL_SECONDS = 60

const { env } = process

async function settings(secrets: string): Promise<S3Settings> {
  const endpoint = env['MEDIA_S3_ENDPOINT']
  const bucket = env['MEDIA_S3_BUCKET'] || 'silentrelay-media'
  if (!endpoint) {
    if (env['DATABASE_URL']) throw new Failure('MEDIA_S3_ENDPOINT is not set: the address of the storage of media.')
    const base = `http://127.0.0.1:${parsePort(env['PORT'], 8787)}${LOCAL_S3}`
    return { endpoint: base, bucket, accessKeyId: 'embedded', secretAccessKey: await loadMediaSecret(secrets) }
  }
  const [accessKeyId, secretAccessKey] = [env['MEDIA_S3_ACCESS_KEY_ID'], env['MEDIA_S3_SECRET_ACCESS_KEY']]
  if (!accessKeyId || !secretAccessKey)
    throw new Failure('MEDIA_S3_ACCESS_KEY_ID or MEDIA_S3_SECRET_ACCESS_KEY is not set.')
  return { endpoint: endpoint.replace(/\/+$/, ''), bucket, accessKeyId, secretAccessKey }
}

/** The storage by its S3 interface. */
function bucketAt(storage: S3Settings): SweptBucket {
  const remove = async (key: string, query: Record<string, string> = {}): Promise<void> => {
    const url = await presign(storage, { method: 'DELETE', key, query, seconds: URL_SECONDS, now: Date.now() })
    const response = await fetch(url, { method: 'DELETE' }).catch((error: unknown) => {
      throw new Failure(`The storage of media cannot be reached: ${(error as Error).message}. Does the relay run?`)
    })
    await response.arrayBuffer()
    if (!response.ok && response.status !== 404) {
      throw new Failure(`The storage of media answered with status ${response.status}.`)
    }
  }
  return {
    delete: async (keys) => {
      for (const key of keys) await remove(key)
    },
    abort: (key, uploadId) => remove(key, { uploadId }),
  }
}

await runCommand(async () => {
  const folders = dataFolders(env['DATA_DIR'])
  const bucket = bucketAt(await settings(folders.secrets))
  await withDatabase(folders, env['DATABASE_URL'], async ({ DATABASE_URL: url, DATABASE_HTTP_ENDPOINT }) => {
    const database = openDatabase({ url, fetchEndpoint: DATABASE_HTTP_ENDPOINT, timeoutMs: 30_000 })
    let [ended, tokens, isMore] = [0, 0, true]
    while (isMore) {
      const swept = await sweepMedia({ database, bucket }, Date.now())
      ended += swept.ended
      tokens += swept.tokens
      isMore = swept.isMore
    }
    process.stdout.write(`Deleted ${ended} objects and uploads, and forgot ${tokens} spent tokens.\n`)
  })
})
process.exit()
