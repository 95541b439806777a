/**
 * How often who may do what: every rate of the system. `edge`: counted by the Worker in state that the whole edge shares,
 * which may vanish without harm. `object`: counted exactly, in the storage of the object that it protects. `socket`: in
 * the memory of an object, with the socket. Sizes and numbers of things are in `protocol/limits.ts`.
 */

import type { Signal } from '#db/audit/signals.ts'
import { LIMITS } from '#protocol/limits.ts'
import type { Rate } from './bucket.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export interface TableRate extends Rate {
  /** Whose the bucket is: who acts; or, of `recipient` and `group`, what is acted on, whoever does. `network`: see `workers/http/allow.ts`. */
  readonly by: 'address' | 'network' | 'account' | 'device' | 'recipient' | 'group'
  readonly at: 'edge' | 'object' | 'socket'
  /** What the watch hears when it is exceeded; `flood` unless told. */
  readonly signal?: Signal
}

/** A whole period's share at once, and as much again in each period. */
const each = (periodMs: number, burst: number): Rate => ({ burst, everyMs: periodMs / burst })

export const RATES = {
  /**
   * Challenges and logins from one address, failed ones as well; a login takes two. A school of 3,000 devices behind one address needs 600 a
   * minute, and as many in an hour as come back after an outage.
   */
  loginsPerAddress: { ...each(MINUTE, 1_200), by: 'address', at: 'edge' },
  /**
   * Logins of one device, each of which lasts ten minutes. Counted once the signature was verified: nobody else can use
   * them up.
   */
  loginsPerDevice: { ...each(MINUTE, 30), by: 'device', at: 'edge' },
  /**
   * Socket tickets of one device on a bad link; each is at most one socket, and one for each device is open. By device, so that one
   * that was removed cannot, as long as it has a token, keep the others out.
   */
  ticketsPerDevice: { ...each(MINUTE, 30), by: 'device', at: 'edge', signal: 'socketFlood' },
  /** Sockets that one address opens, also with tickets that are not good: what it may make objects do that are not its own. */
  socketsPerAddress: { ...each(MINUTE, 1_200), by: 'address', at: 'edge', signal: 'socketFlood' },
  /** `/ready` asks the database, R2 and an object: monitors of some kinds, each every few seconds. */
  readinessPerAddress: { ...each(MINUTE, 120), by: 'address', at: 'edge' },
  /** What an operator asks for, and whoever tries out operators' secrets. */
  operatorCallsPerAddress: { ...each(MINUTE, 30), by: 'address', at: 'edge' },
  /** Username changes of one account, each of which holds a name back for 30 days. */
  usernamesPerAccount: { ...each(24 * HOUR, 5), by: 'account', at: 'edge' },
  /** Names given up; without a name it is a question to the database all the same. */
  usernameReleasesPerAccount: { ...each(HOUR, 20), by: 'account', at: 'edge' },

  /**
   * Changes of an account's device list by one device: each is kept in the audit log, and is a leaf of the key log, for ever. By device, so that a stolen
   * one cannot use up what revokes it.
   */
  deviceListsPerDevice: { ...each(HOUR, 60), by: 'device', at: 'edge' },
  /** Revocations of tokens by one device, which are in the audit log as well. It has to log in before each. */
  revocationsPerDevice: { ...each(HOUR, 60), by: 'device', at: 'edge' },

  /** Username lookups: enough to start conversations. */
  lookupsPerAccount: { ...each(MINUTE, 60), by: 'account', at: 'edge', signal: 'enumeration' },
  /** Those that found nobody: who asks for names that it knows hardly notices, who walks a dictionary does. */
  missedLookupsPerAccount: { ...each(MINUTE, 15), by: 'account', at: 'edge', signal: 'enumeration' },
  /** Lookups over all accounts that one address makes for it. */
  lookupsPerAddress: { ...each(MINUTE, 300), by: 'address', at: 'edge', signal: 'enumeration' },
  /** Device lists and prekey bundles asked for by one account. */
  bundlesPerAccount: { ...each(MINUTE, 120), by: 'account', at: 'edge', signal: 'prekeyDrain' },
  /**
   * Bundles with a one-time prekey that one account takes from another; later ones go without (X3DH allows it), so that
   * nobody drains a stranger's prekeys and nobody is kept from writing.
   */
  prekeysPerTaker: { burst: 10, everyMs: 10 * MINUTE, by: 'account', at: 'object', signal: 'prekeyDrain' },
  /** The same of key packages; later ones are of last resort. */
  keyPackagesPerTaker: { burst: 10, everyMs: 10 * MINUTE, by: 'account', at: 'object', signal: 'prekeyDrain' },
  /**
   * One-time prekeys of one device that all others together take: what many accounts can make it upload. Somebody whom
   * 8,000 begin to write to in a day still has one for each.
   */
  prekeysPerRecipient: { burst: 500, everyMs: 10 * SECOND, by: 'recipient', at: 'object' },
  /** The same of key packages, of all suites. */
  keyPackagesPerRecipient: { burst: 500, everyMs: 10 * SECOND, by: 'recipient', at: 'object' },
  /** Prekeys and key packages that a device uploads, and asks how many are left: more than all takers together leave it to do. */
  ownKeysPerDevice: { ...each(MINUTE, 120), by: 'device', at: 'edge' },
  /** Accounts whose key packages one account asks for: enough to put the largest group together at once. */
  keyPackagesPerAccount: { ...each(MINUTE, LIMITS.groupAccounts), by: 'account', at: 'edge', signal: 'prekeyDrain' },

  /** Indexes in the key log that one account asks for, in elements: all contacts and the members of some large groups at once. */
  indexesPerAccount: { ...each(HOUR, 4_096), by: 'account', at: 'edge', signal: 'enumeration' },
  /**
   * Accounts looked up in the key log from one address, since nobody says who asks: an office of people each of whom opens a
   * client, and looks up itself and whom it writes to.
   */
  keyLookupsPerAddress: { ...each(MINUTE, 2_400), by: 'address', at: 'edge', signal: 'enumeration' },
  /** Tiles and checkpoints of the public log that one address reads: an auditor of a million leaves needs two minutes. */
  keyLogReadsPerAddress: { ...each(MINUTE, 6_000), by: 'address', at: 'edge' },

  /** Sealed deliveries from one address, since their senders are not named: a household or an office of busy people. */
  deliveriesPerAddress: { ...each(MINUTE, 6_000), by: 'address', at: 'edge', signal: 'fanOutAbuse' },
  /** Those that were refused for their credential: contacts whose keys were changed, and nobody who tries out accounts or tokens. */
  refusedDeliveriesPerAddress: { ...each(MINUTE, 120), by: 'address', at: 'edge', signal: 'enumeration' },
  /** Sealed deliveries that one account takes from all its contacts together, and from all strangers. */
  deliveriesPerRecipient: { burst: 2_000, everyMs: 50, by: 'recipient', at: 'object' },
  /** Public keys of sealed sender that one address asks for: once a day for each device. */
  sealedSenderKeysPerAddress: { ...each(MINUTE, 600), by: 'address', at: 'edge' },
  /** Certificates of one device: one lasts for hours. */
  certificatesPerDevice: { ...each(HOUR, 60), by: 'device', at: 'edge', signal: 'tokenFarming' },
  /** Requests for delivery tokens, which cost the edge a tenth of a second each; how many tokens there are, the account's object counts. */
  deliveryTokensPerAccount: { ...each(HOUR, 60), by: 'account', at: 'edge', signal: 'tokenFarming' },
  /** Changes of the delivery key by one device: each block is one. */
  deliveryKeysPerDevice: { ...each(HOUR, 60), by: 'device', at: 'edge' },

  /** Frames of one socket; who sends more is disconnected. */
  framesPerSocket: { burst: 2_000, everyMs: 2, by: 'device', at: 'socket', signal: 'socketFlood' },
  /**
   * Accounts that an account begins to write to: everybody it knows when its name changes, and no mailing to all there
   * are. Who was written to since the object woke is not counted again, and not remembered longer.
   */
  newRecipientsPerAccount: { burst: 1_000, everyMs: 4 * SECOND, by: 'account', at: 'object', signal: 'fanOutAbuse' },

  /**
   * Media tokens of one account, each of which stores 10 MiB for 30 days: four times the largest file at once, and 720 MiB a
   * day. Who has uploaded what is not known: this is all that bounds it.
   */
  mediaTokensPerAccount: { burst: 48, everyMs: 20 * MINUTE, by: 'account', at: 'edge', signal: 'tokenFarming' },
  /** Uploads begun, gone on with, completed, renewed and ended from one address, since nobody says who it is. */
  mediaUploadsPerAddress: { ...each(MINUTE, 600), by: 'address', at: 'edge' },
  /** Downloads from one address: a household that scrolls through its albums. */
  mediaFetchesPerAddress: { ...each(MINUTE, 1_200), by: 'address', at: 'edge' },

  /** Where a device is to be woken: once when it begins, and when its browser makes a new subscription. */
  pushTargetsPerDevice: { ...each(HOUR, 60), by: 'device', at: 'edge' },

  /** New groups of one account: each is an object that is kept until its members have gone. */
  groupsPerAccount: { ...each(HOUR, 60), by: 'account', at: 'edge', signal: 'fanOutAbuse' },
  /** Commits, leavings and offers to rejoin of one account, over all of its groups and devices: each may be megabytes. */
  groupChangesPerAccount: { ...each(MINUTE, 120), by: 'account', at: 'edge' },
  /** Pages of logs of one account: ten devices that come back to a hundred groups each. */
  groupPagesPerAccount: { ...each(MINUTE, 1_000), by: 'account', at: 'edge' },
  /** Links opened by one account. Nobody can guess one; each answer may be a megabyte and a half. */
  groupLinksPerAccount: { ...each(MINUTE, 30), by: 'account', at: 'edge', signal: 'enumeration' },
  /** Sends to groups from one address, since their senders are not named: a household or an office of busy people. */
  groupSendsPerAddress: { ...each(MINUTE, 6_000), by: 'address', at: 'edge', signal: 'fanOutAbuse' },
  /** What an account that the watch has slowed may do that is not on the way of a message to somebody it writes to. */
  slowedPerAccount: { burst: 10, everyMs: 3 * SECOND, by: 'account', at: 'object' },
  /** What an address that the watch has slowed may do of what is counted by address. */
  slowedPerAddress: { burst: 30, everyMs: 2 * SECOND, by: 'address', at: 'edge' },
  /** Reports of positions that a socket has passed on to groups; others wait for the next report. */
  groupReportsPerSocket: { burst: 256, everyMs: 250, by: 'device', at: 'socket' },
} as const satisfies Record<string, TableRate>

export type RateName = keyof typeof RATES
/** Those that a Worker counts. */
export type EdgeRate = { [Name in RateName]: (typeof RATES)[Name]['at'] extends 'edge' ? Name : never }[RateName]
/** Those that an object keeps in its storage. */
export type ObjectRate = { [Name in RateName]: (typeof RATES)[Name]['at'] extends 'object' ? Name : never }[RateName]

/** Tried registrations of one address, and of its network; the number is the deployment's (`REGISTRATIONS_PER_HOUR`). */
export const registrationRates = (perHour: number) => ({
  registrationsPerAddress: each(HOUR, perHour),
  /** Who has one address of a network often has all of them: a customer's /48, a rented /24. */
  registrationsPerNetwork: each(HOUR, 10 * perHour),
})
