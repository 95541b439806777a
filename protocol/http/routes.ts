/** All HTTP operations of protocol version 1. */

import { claimUsername, configuration, findUsername, register, releaseUsername } from './accounts.ts'
import { challenge, logIn, revokeTokens, socketTicket } from './auth.ts'
import {
  commitToGroup,
  createGroup,
  fetchGroup,
  leaveGroup,
  offerRejoin,
  openGroupLink,
  sendToGroup,
} from './groups.ts'
import { deliver, deliveryTokens, sealedSenderKeys, senderCertificate, updateDeliveryKey } from './deliveries.ts'
import { keyLogIndexes, keyLogLookup } from './key-log.ts'
import {
  completeMedia,
  createMedia,
  deleteMedia,
  fetchMedia,
  issueMediaTokens,
  renewMedia,
  resumeMedia,
} from './media.ts'
import { clientLog } from './client-log.ts'
import { subscribePush, unsubscribePush } from './push.ts'
import { fetchKeyPackages, keyPackageStatus, uploadKeyPackages } from './key-packages.ts'
import { fetchDeviceList, fetchPrekeys, prekeyStatus, updateDeviceList, uploadPrekeys } from './devices.ts'

export const ROUTES = {
  configuration,
  register,
  challenge,
  logIn,
  revokeTokens,
  socketTicket,
  claimUsername,
  releaseUsername,
  findUsername,
  updateDeviceList,
  fetchDeviceList,
  uploadPrekeys,
  prekeyStatus,
  fetchPrekeys,
  uploadKeyPackages,
  keyPackageStatus,
  fetchKeyPackages,
  createGroup,
  commitToGroup,
  sendToGroup,
  fetchGroup,
  leaveGroup,
  openGroupLink,
  offerRejoin,
  keyLogIndexes,
  keyLogLookup,
  clientLog,
  deliver,
  sealedSenderKeys,
  senderCertificate,
  deliveryTokens,
  updateDeliveryKey,
  issueMediaTokens,
  createMedia,
  resumeMedia,
  completeMedia,
  fetchMedia,
  renewMedia,
  deleteMedia,
  subscribePush,
  unsubscribePush,
} as const
