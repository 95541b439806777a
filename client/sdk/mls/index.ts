/**
 * The client's MLS layer: groups as values. It keeps nothing and asks nobody but the resolver that it is given. Load it
 * when the first group is needed, by `import()`: nothing else imports ts-mls.
 */

export { type Applied, apply } from './apply.ts'
export { type LinkBox, type RejoinOffer, boxesOf, newLink, offerRejoin } from './box.ts'
export { type Intent, commit, rebase } from './commit.ts'
export { type Founding, createGroup } from './create.ts'
export type { DeviceResolver } from './credential.ts'
export { type LinkPreview, type OpenedLink, type PendingJoin, joinByLink, previewLink } from './external.ts'
export {
  type GroupState,
  detailsOf,
  epochAuthenticator,
  epochOf,
  isVouched,
  leafName,
  membersIn,
  roleOf,
  selfIn,
  withLeaver,
} from './group-state.ts'
export type { HistoryVerdict } from './history.ts'
export { type Joined, type WelcomeEntry, joinByWelcome, welcomeRefs } from './join-welcome.ts'
export { type ForeignKeyPackage, type OwnDevice, OwnKeyPackage, makeKeyPackage, readKeyPackage } from './key-package.ts'
export { linkKeys } from './link-keys.ts'
export type { GroupMember, MemberIndex } from './members.ts'
export {
  type Decrypted,
  type DecryptedEphemeral,
  type Encrypted,
  type Read,
  decrypt,
  decryptEphemeral,
  encrypt,
  encryptEphemeral,
  pass,
} from './messages.ts'
export { type GroupParts, changedParts, readParts, writeParts } from './parts.ts'
export { type PendingCommit, adopt, enter } from './pending.ts'
export { type Refusal, type RefusalCode, isRefusal } from './refusal.ts'
export { signSend } from './send-key.ts'
