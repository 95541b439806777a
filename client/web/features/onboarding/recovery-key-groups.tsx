import { useLingui } from '@lingui/react/macro'

/** A recovery key in its groups of four, to be read and copied by hand. */
export function RecoveryKeyGroups({ recoveryKey }: { recoveryKey: string }) {
  const { t } = useLingui()
  return (
    <ol
      dir="ltr"
      translate="no"
      aria-label={t`Recovery key`}
      className="grid grid-cols-3 gap-x-4 gap-y-2 rounded-control border border-control bg-background p-4 text-center font-mono text-heading font-semibold select-all"
    >
      {recoveryKey.split('-').map((group, index) => (
        // Two groups may be equal; the place is what they are.
        <li key={index}>{group}</li>
      ))}
    </ol>
  )
}
