import { sha256 } from '@noble/hashes/sha2.js'
import type { Hono } from 'hono'
import { registrationRates } from '#durable-objects/rates/table.ts'
import { checkFirstList } from '#durable-objects/user/device-list-rules.ts'
import { isSignedBy } from '#durable-objects/user/prekeys.ts'
import type { KeyLogKeys } from '#durable-objects/key-log/keys.ts'
import { readWitnesses } from '#durable-objects/key-log/witnesses.ts'
import { fromBase64url, toBase64url, utf8 } from '#protocol/bytes.ts'
import type { KeyLogConfiguration } from '#protocol/http/key-log.ts'
import { ROUTES } from '#protocol/http/routes.ts'
import { canonicalUsername, parseUsername } from '#protocol/username.ts'
import { PROTOCOL_VERSION } from '#protocol/version.ts'
import { addressKey, allow, allowRegistration, networkKey } from '../allow.ts'
import { applicationServerKey } from '../../push/address.ts'
import type { PushSettings } from '../../push/settings.ts'
import { publicTokenKeys } from '../../media/token-keys.ts'
import { Failure } from '../failure.ts'
import { sealLater } from '../seal-later.ts'
import { type HonoEnv, ask, serve, valueOf } from '../serve.ts'
import { callerOf } from './caller.ts'

function checkedUsername(typed: string) {
  const parsed = parseUsername(typed)
  if (!parsed.ok) throw new Failure(parsed.code)
  const { canonical, skeleton, display } = parsed
  return { canonical, skeleton, display }
}

/** The queries, with the query builder behind them: loaded by the first request that needs them, not by every isolate. */
const registrations = () => import('#db/queries/registration.ts')
const usernames = () => import('#db/queries/usernames.ts')

function keyLogConfiguration(
  { origin, verifierKey, indexKey }: KeyLogKeys,
  witnessSetting: string | undefined,
): KeyLogConfiguration {
  const witnesses = readWitnesses(witnessSetting).map((witness) => witness.verifierKey)
  return {
    origin,
    key: verifierKey,
    indexKey: toBase64url(indexKey.publicKey),
    ...(witnesses.length === 0 ? {} : { witnesses }),
  }
}

const hasPush = (push: PushSettings): boolean => Object.keys(push).length > 0

function pushConfiguration({ vapid }: PushSettings) {
  return vapid === undefined ? {} : { applicationServerKey: applicationServerKey(vapid.privateKey) }
}

export function serveAccounts(app: Hono<HonoEnv>): void {
  serve(app, ROUTES.configuration, async ({ context }) => ({
    protocolVersion: PROTOCOL_VERSION,
    registration: context.config.registration,
    now: context.now,
    ...(context.keyLog && { keyLog: keyLogConfiguration(context.keyLog, context.env.KEY_LOG_WITNESSES) }),
    ...(hasPush(context.config.push) && { push: pushConfiguration(context.config.push) }),
    ...(context.config.media && {
      media: { tokenKeys: publicTokenKeys(context.config.tokenSecret, context.now) },
    }),
  }))

  // The database first: it decides who gets the id, the name and the invite. The object second: when that fails, the same
  // request can be repeated, and finds its own row.
  serve(app, ROUTES.register, async ({ body, context, headers }) => {
    const { registration, registrationsPerHour } = context.config
    if (registration === 'closed') throw new Failure('registrationClosed')
    if (registration === 'invite' && body.invite === undefined) throw new Failure('inviteRequired')
    const username = body.username === undefined ? undefined : checkedUsername(body.username)
    // Before the signatures, which cost milliseconds each, and whatever comes of it: a name that is taken is an answer, too.
    const rates = registrationRates(registrationsPerHour)
    const [address, network] = [await addressKey(context, headers), await networkKey(context, headers)]
    const [own, all] = [rates.registrationsPerAddress, rates.registrationsPerNetwork]
    await allowRegistration(context, own, `registrationsPerAddress:${address}`, address)
    await allowRegistration(context, all, `registrationsPerNetwork:${network}`, address)
    const first = checkFirstList(body.account, body.deviceList)
    if (!first.ok) throw new Failure(first.code)
    const { identityKey, version } = first.list
    if (!body.prekeys.signedPrekey || !isSignedBy(identityKey, body.prekeys)) throw new Failure('prekeyInvalid')
    const { registerAccount } = await registrations()
    const registered = await registerAccount(context.database, {
      account: body.account,
      identityKey: fromBase64url(identityKey),
      deviceList: fromBase64url(body.deviceList.bytes),
      deviceListSignature: fromBase64url(body.deviceList.signature),
      deviceListVersion: version,
      username,
      inviteCodeHash: registration === 'invite' ? sha256(utf8(body.invite ?? '')) : undefined,
      correlationId: context.correlationId,
      now: context.now,
    })
    sealLater(context)
    if (registered !== 'registered' && registered !== 'alreadyRegistered') throw new Failure(registered)
    const { account, deviceList, prekeys } = body
    const isNew = registered === 'registered'
    const created = context
      .relay(account)
      .create({ account, correlationId: context.correlationId, isNew, deviceList, prekeys })
    valueOf(await ask(created))
    // A repeated request is answered with the name only if the account has it: the first may have asked for another.
    const hasName =
      username &&
      (isNew || (await (await usernames()).findAccountByUsername(context.database, username.canonical)) === account)
    return { account, ...(hasName && { username: username.display }) }
  })

  serve(app, ROUTES.claimUsername, async ({ body, context, holder }) => {
    const username = checkedUsername(body.username)
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'usernamesPerAccount', holder.account)
    const claimed = await (
      await usernames()
    ).claimUsername(context.database, {
      ...username,
      account: holder.account,
      correlationId: context.correlationId,
      now: context.now,
    })
    sealLater(context)
    if (claimed !== 'claimed') throw new Failure(claimed === 'usernameTaken' ? claimed : 'tokenRevoked')
    return { username: username.display }
  })

  serve(app, ROUTES.releaseUsername, async ({ context, holder }) => {
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'usernameReleasesPerAccount', holder.account)
    await (await usernames()).releaseUsername(context.database, holder.account, context)
    return {}
  })

  serve(app, ROUTES.findUsername, async ({ body, context, headers, holder }) => {
    valueOf(await ask(context.relay(holder.account).authorise(callerOf(context, holder))))
    await allow(context, 'lookupsPerAddress', await addressKey(context, headers))
    await allow(context, 'lookupsPerAccount', holder.account)
    // Before the answer is known, and given back when there is one: else a refusal would tell what the answer was to be.
    await allow(context, 'missedLookupsPerAccount', holder.account)
    const canonical = canonicalUsername(body.username)
    const account = await (await usernames()).findAccountByUsername(context.database, canonical)
    sealLater(context)
    if (account === undefined) throw new Failure('usernameNotFound')
    await allow(context, 'missedLookupsPerAccount', holder.account, -1)
    return { account, username: canonical }
  })
}
