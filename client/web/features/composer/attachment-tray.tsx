import { Trans, useLingui } from '@lingui/react/macro'
import { File as FileIcon, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { IconButton, Spinner } from '../../kit/index.ts'
import { isShowable } from '../media/blobs.ts'
import { formatBytes } from '../settings/format-bytes.ts'
import type { Attachments } from './use-attachments.ts'

/** Files that go with the next message, above the text field. */
export default function AttachmentTray({ files, remove, isSending }: Attachments) {
  const { t } = useLingui()
  return (
    <div className="mb-2" aria-busy={isSending}>
      <ul aria-label={t`Files to send`} className="flex gap-2 overflow-x-auto p-1">
        {files.map((file, at) => (
          <Chosen
            key={`${file.name} ${file.lastModified} ${at}`}
            file={file}
            disabled={isSending}
            onRemove={() => remove(file)}
          />
        ))}
      </ul>
      {isSending ? (
        <p role="status" className="flex items-center gap-2 ps-1 text-meta text-muted">
          <Spinner className="size-4" />
          <Trans>Preparing and encrypting</Trans>
        </p>
      ) : null}
    </div>
  )
}

function Chosen({ file, disabled, onRemove }: { file: File; disabled: boolean; onRemove: () => void }) {
  const { t, i18n } = useLingui()
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file.type.startsWith('image/') || !isShowable(file.type)) return undefined
    const address = URL.createObjectURL(file)
    setUrl(address)
    return () => URL.revokeObjectURL(address)
  }, [file])
  return (
    <li className="relative flex w-36 shrink-0 items-center gap-2 rounded-control border border-line bg-surface p-1.5 pe-9">
      <span className="grid size-10 shrink-0 place-items-center overflow-hidden rounded-[0.4rem] bg-hover text-muted">
        {url === undefined ? (
          <FileIcon aria-hidden className="size-5" />
        ) : (
          <img src={url} alt="" className="size-full object-cover" />
        )}
      </span>
      <span className="min-w-0 flex-1">
        <bdi className="block truncate text-meta font-medium" title={file.name}>
          {file.name}
        </bdi>
        <span className="block truncate text-meta text-muted">{formatBytes(file.size, i18n.locale)}</span>
      </span>
      <IconButton
        label={t`Remove ${file.name}`}
        tooltip={false}
        disabled={disabled}
        className="absolute end-0 top-1/2 size-8 -translate-y-1/2 rounded-full"
        onClick={onRemove}
      >
        <X />
      </IconButton>
    </li>
  )
}
