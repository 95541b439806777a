/** The edge as a client calls it, inside workerd. */

import { env, exports } from 'cloudflare:workers'
import { toBase64url } from '#protocol/bytes.ts'
import type { ErrorBody } from '#protocol/http/error-body.ts'
import { loginSigningInput } from '#protocol/http/auth.ts'
import { type TestAccount, testAccount } from '#durable-objects/testing/accounts.ts'
import type { Env } from '#workers/env.ts'
import { handle } from '#workers/http/app.ts'

export const ORIGIN = 'https://relay.test'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown> & Partial<ErrorBody>
}

export interface CallOptions {
  readonly token?: string
  readonly headers?: Record<string, string>
  /** Runs the Worker with other variables than the tests' own. */
  readonly env?: Partial<Env>
}

/** One HTTP call; `body` that is a string is sent as it is. */
export async function call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
  const request = new Request(`${ORIGIN}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const response = options.env
    ? await handle(request, { ...env, ...options.env })
    : await exports.default.fetch(request)
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** An account with a device key that can sign. */
export interface Member extends TestAccount {
  readonly deviceKey: CryptoKeyPair
}

export async function newMember(oneTimePrekeys = 0, sealingKey?: string): Promise<Member> {
  const deviceKey = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  const raw = (await crypto.subtle.exportKey('raw', deviceKey.publicKey)) as ArrayBuffer
  const deviceKeyOctets = toBase64url(new Uint8Array(raw))
  const record = { id: 1, registrationId: 1, deviceKey: deviceKeyOctets, ...(sealingKey && { sealingKey }) }
  return { ...(await testAccount(oneTimePrekeys, record)), deviceKey }
}

export function registration(member: TestAccount, more: object = {}): object {
  return { account: member.id, deviceList: member.signed, prekeys: member.upload, ...more }
}

export async function registeredMember(more: object = {}, oneTimePrekeys = 0, sealingKey?: string): Promise<Member> {
  const member = await newMember(oneTimePrekeys, sealingKey)
  const answer = await call('POST', '/v1/accounts', registration(member, more))
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return member
}

/** The body of a login with a fresh challenge. */
export async function signedLogin(member: Member, as: { account?: string; device?: number } = {}, origin = ORIGIN) {
  const address = { account: member.id, device: 1, ...as }
  const { body } = await call('POST', '/v1/auth/challenges', address)
  const challenge = String(body['challenge'])
  const input = loginSigningInput(origin, address.account, address.device, challenge)
  const signature = await crypto.subtle.sign('Ed25519', member.deviceKey.privateKey, input)
  return { ...address, challenge, signature: toBase64url(new Uint8Array(signature)) }
}

export async function tokenOf(member: Member): Promise<string> {
  const { body } = await call('POST', '/v1/auth/tokens', await signedLogin(member))
  return String(body['token'])
}
