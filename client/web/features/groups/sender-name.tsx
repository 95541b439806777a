import { cx, personColour } from '../../kit/index.ts'
import { usePerson } from '../contact/use-person.ts'

interface SenderNameProps {
  readonly account: string
  readonly name: string
  readonly tabIndex: number
  /** There is no bubble around it. */
  readonly bare: boolean
}

/** Who wrote the messages that follow, in their colour; leads to them. */
export function SenderName({ account, name, tabIndex, bare }: SenderNameProps) {
  const open = usePerson()
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      onClick={() => open(account, 'contact')}
      className={cx(
        'block min-h-6 max-w-full rounded-[0.3rem] text-start text-meta font-semibold underline-offset-2 hover:underline',
        !bare && '-mt-0.5',
        personColour(account),
      )}
    >
      <bdi className="block truncate">{name}</bdi>
    </button>
  )
}
