/** Which services a deployment can push by. Parsed from the environment; what is not set up is left out. */

import * as v from 'valibot'
import { bytesOf } from '#protocol/primitives.ts'
import { ApnsSettings } from './apns.ts'
import { ServiceAccount } from './fcm.ts'
import type { VapidSettings } from './web-push.ts'

/** Mozilla, Google, Microsoft, Apple. */
const PUSH_HOSTS = 'push.services.mozilla.com,fcm.googleapis.com,notify.windows.com,push.apple.com'

function json<const TSchema extends v.GenericSchema>(schema: TSchema) {
  return v.pipe(v.string(), v.parseJson(), schema)
}

export const PushVariables = v.object({
  VAPID_PRIVATE_KEY: v.optional(bytesOf(32)),
  VAPID_SUBJECT: v.optional(v.pipe(v.string(), v.regex(/^(mailto:|https:\/\/)\S+$/))),
  PUSH_HOSTS: v.optional(v.string(), PUSH_HOSTS),
  FCM_SERVICE_ACCOUNT: v.optional(json(ServiceAccount)),
  APNS: v.optional(json(ApnsSettings)),
})

export interface PushSettings {
  readonly vapid?: VapidSettings
  readonly fcm?: ServiceAccount
  readonly apns?: ApnsSettings
}

export function pushSettings(variables: v.InferOutput<typeof PushVariables>): PushSettings {
  const { VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject, PUSH_HOSTS: hosts } = variables
  const { FCM_SERVICE_ACCOUNT: fcm, APNS: apns } = variables
  const list = hosts
    .split(',')
    .map((host) => host.trim())
    .filter(Boolean)
  return {
    ...(privateKey !== undefined && subject !== undefined && { vapid: { privateKey, subject, hosts: list } }),
    ...(fcm && { fcm }),
    ...(apns && { apns }),
  }
}
