/** All HTTP operations of protocol version 1. */

import { claimUsername, configuration, findUsername, register, releaseUsername } from './accounts.ts'
import { challenge, logIn, revokeTokens, socketTicket } from './auth.ts'
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
} as const

/** Where the socket is opened; see SPEC, "Socket". */
export const SOCKET_PATH = '/v1/socket'
