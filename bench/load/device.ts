/** One device of one account, as far as the relay sees it: HTTP to register and log in, frames on a socket. */

import { createHash } from 'node:crypto'
import {
  generateIdentity,
  generateOneTimePrekeys,
  generateRegistrationId,
  generateSignedPrekey,
} from '#sdk/crypto/keys.ts'
import { signDeviceList } from '#sdk/crypto/device-list-signature.ts'
import { randomBytes, toBase64url, utf8 } from '#protocol/bytes.ts'
import { type DownFrame, parseDownFrame } from '#protocol/frames/down.ts'
import type { UpFrame } from '#protocol/frames/up.ts'
import { loginSigningInput } from '#protocol/http/auth.ts'
import type { Route } from '#protocol/http/route.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { SOCKET_PATH } from '#protocol/http/socket-path.ts'
import { PROTOCOL_VERSION, SOCKET_SUBPROTOCOL, TICKET_SUBPROTOCOL_PREFIX } from '#protocol/version.ts'
import * as v from 'valibot'
import { type TextSocket, openSocket } from './socket.ts'

const DEVICE = 1

export interface Registration {
  readonly account: string
  readonly registrationId: number
  readonly body: object
  readonly deviceKey: CryptoKey
}

/**
 * Everything that a registration sends; made apart, so that making keys is not part of what is timed.
 *
 * @param sealingKey base64url; without one nothing sealed can be sent to the device
 */
export async function prepareRegistration(oneTimePrekeys: number, sealingKey?: string): Promise<Registration> {
  const identity = await generateIdentity()
  const registrationId = generateRegistrationId()
  const { publicKey, privateKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const account = toBase64url(randomBytes(16))
  const deviceKey = toBase64url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)))
  const identityKey = toBase64url(identity.publicKey)
  const devices = [{ id: DEVICE, registrationId, deviceKey, ...(sealingKey !== undefined && { sealingKey }) }]
  const bytes = utf8(JSON.stringify({ account, version: 1, identityKey, devices }))
  const signed = await generateSignedPrekey(identity, 1)
  const oneTime = await generateOneTimePrekeys(1, oneTimePrekeys)
  const body = {
    account,
    deviceList: { bytes: toBase64url(bytes), signature: toBase64url(signDeviceList(identity, bytes)) },
    prekeys: {
      signedPrekey: { id: 1, publicKey: toBase64url(signed.publicKey), signature: toBase64url(signed.signature) },
      oneTimePrekeys: oneTime.map(({ id, publicKey: key }) => ({ id, publicKey: toBase64url(key) })),
    },
  }
  return { account, registrationId, body, deviceKey: privateKey }
}

export class HttpError extends Error {
  override readonly name = 'HttpError'
}

export class Device {
  readonly account: string
  readonly registrationId: number
  readonly #key: CryptoKey
  readonly #port: number
  readonly #address: string
  #token = ''
  #socket: TextSocket | undefined
  /** Where frames go. */
  onFrame: (frame: DownFrame) => void = () => undefined
  /** What the device has, for its next `hello`. */
  lastSeq = 0
  incarnation: string | undefined

  constructor(port: number, { account, registrationId, deviceKey }: Registration) {
    this.#port = port
    this.account = account
    this.registrationId = registrationId
    this.#key = deviceKey
    // Each person calls from an address of their own: the relay's limits per address are not what is measured.
    const [a = 0, b = 0, c = 0] = createHash('sha256').update(account).digest()
    this.#address = `10.${a}.${b}.${c}`
  }

  /** Registers and returns the device, not logged in. */
  static async register(port: number, registration: Registration): Promise<Device> {
    const device = new Device(port, registration)
    await device.call(ROUTES.register, registration.body)
    return device
  }

  async logIn(): Promise<void> {
    const who = { account: this.account, device: DEVICE }
    const { challenge } = await this.call(ROUTES.challenge, who)
    const input = loginSigningInput(`http://127.0.0.1:${this.#port}`, this.account, DEVICE, challenge)
    const signature = toBase64url(new Uint8Array(await crypto.subtle.sign('Ed25519', this.#key, input)))
    this.#token = (await this.call(ROUTES.logIn, { ...who, challenge, signature })).token
  }

  /** Takes a ticket and opens the socket with it. */
  async open(): Promise<void> {
    const { ticket } = await this.call(ROUTES.socketTicket)
    this.#socket = await openSocket({
      port: this.#port,
      path: SOCKET_PATH,
      subprotocols: [SOCKET_SUBPROTOCOL, `${TICKET_SUBPROTOCOL_PREFIX}${ticket}`],
      onText: (text) => this.#take(text),
    })
  }

  /** Says hello on the open socket; resolves when everything that waited was delivered. */
  async greet(onFrame: (frame: DownFrame) => void = () => undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.onFrame = (frame) => {
      onFrame(frame)
      if (frame.type === 'caughtUp') resolve(undefined)
    }
    const { lastSeq, incarnation } = this
    this.send({ type: 'hello', version: PROTOCOL_VERSION, lastSeq, ...(incarnation !== undefined && { incarnation }) })
    await promise
  }

  send(frame: UpFrame): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  close(): void {
    this.#socket?.destroy()
  }

  #take(text: string): void {
    const frame = parseDownFrame(text)
    if (!frame) throw new Error('the relay sent a frame that does not parse')
    if (frame.type === 'error') throw new Error(`the relay refused: ${frame.code}`)
    if (frame.type === 'readCheck') return this.send({ type: 'read', nonce: frame.nonce })
    if (frame.type === 'welcome') this.incarnation = frame.incarnation
    this.onFrame(frame)
  }

  /** Calls a route in the name of the device, once it is logged in; without one where the relay wants to know of none. */
  async call<TRequest extends v.GenericSchema | undefined, TResponse extends v.GenericSchema>(
    route: Route<TRequest, TResponse>,
    body?: object,
  ): Promise<v.InferOutput<TResponse>> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${route.path}`, {
      method: route.method,
      headers: {
        'cf-connecting-ip': this.#address,
        ...(body && { 'content-type': 'application/json' }),
        ...(this.#token !== '' && route.anonymous !== true && { authorization: `Bearer ${this.#token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new HttpError(`${route.path}: ${response.status} ${text}`)
    return v.parse(route.response, JSON.parse(text))
  }
}
