/** Where media are stored. Parsed from the environment: all of it, or none, which means that no media are kept. */

import * as v from 'valibot'
import type { S3Settings } from './s3.ts'

const Text = v.pipe(v.string(), v.minLength(1))

/** An address, or a path below the deployment's own, which only a relay on a laptop has. */
const Endpoint = v.pipe(v.string(), v.regex(/^(https?:\/\/[^/?#]+(\/[^?#]*)?|\/[^?#]*)$/))

export const MediaVariables = v.object({
  MEDIA_S3_ENDPOINT: v.optional(Endpoint),
  MEDIA_S3_BUCKET: v.optional(Text),
  MEDIA_S3_ACCESS_KEY_ID: v.optional(Text),
  MEDIA_S3_SECRET_ACCESS_KEY: v.optional(Text),
})

/** What a deployment without media has, of each variable. */
export function withoutEmpty(env: object): object {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !(name.startsWith('MEDIA_S3_') && value === '')),
  )
}

/** `undefined` when there are none; the names of those that are missing when there are some. */
export function mediaSettings(
  variables: v.InferOutput<typeof MediaVariables>,
): S3Settings | undefined | { readonly missing: readonly string[] } {
  const {
    MEDIA_S3_ENDPOINT: endpoint,
    MEDIA_S3_BUCKET: bucket,
    MEDIA_S3_ACCESS_KEY_ID: accessKeyId,
    MEDIA_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = variables
  // The bucket's name is in wrangler.toml, also where there are no credentials.
  if (endpoint === undefined && accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (!endpoint || !bucket || !accessKeyId || !secretAccessKey) {
    const missing = Object.keys(MediaVariables.entries).filter((name) => !variables[name as keyof typeof variables])
    return { missing }
  }
  return { endpoint: endpoint.replace(/\/+$/, ''), bucket, accessKeyId, secretAccessKey }
}
