import { Trans, useLingui } from '@lingui/react/macro'
import QrScanner from 'qr-scanner'
import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { Banner, Button } from '../../../kit/index.ts'

interface ScannerProps {
  /** Names the picture for screen readers. */
  readonly label: string
  /** Called for every code in view, until the scanner is closed. */
  readonly onCode: (text: string) => void
  readonly onClose: () => void
}

type Problem = 'noCamera' | 'notAllowed' | 'failed'

/** Ten looks a second find a code as soon as it is sharp, and leave the processor to the page. */
const SCANS_PER_SECOND = 10

/** Pixels that the picture is searched in: ten for each module of our codes, if they fill the frame. */
const MAX_SIDE = 640

/** The camera's picture, searched for QR codes. Default export: it is loaded when it is first wanted. */
export default function Scanner({ label, onCode, onClose }: ScannerProps) {
  const video = useRef<HTMLVideoElement>(null)
  const report = useEffectEvent(onCode)
  const [problem, setProblem] = useState<Problem>()
  const [running, setRunning] = useState(false)

  useEffect(() => {
    const element = video.current
    if (element === null) return undefined
    let closed = false
    const scanner = new QrScanner(element, ({ data }) => report(data), {
      maxScansPerSecond: SCANS_PER_SECOND,
      preferredCamera: 'environment',
      returnDetailedScanResult: true,
      calculateScanRegion: shownSquare,
      // A frame without a code is no error to speak of.
      onDecodeError: () => undefined,
    })
    void (async () => {
      try {
        await access()
        if (!closed) await scanner.start()
        if (!closed) setRunning(true)
      } catch (error) {
        if (!closed) setProblem(problemOf(error))
      }
    })()
    return () => {
      closed = true
      scanner.destroy()
    }
  }, [])

  return (
    <div className="flex flex-col items-center gap-4">
      {problem === undefined ? (
        <div className="relative aspect-square w-full max-w-sm overflow-hidden rounded-card bg-hover">
          <video ref={video} aria-label={label} muted playsInline className="size-full object-cover" />
          <div
            aria-hidden
            className="pointer-events-none absolute inset-8 rounded-card border-4 border-accent opacity-80"
          />
        </div>
      ) : (
        <ProblemBanner problem={problem} />
      )}
      <p role="status" className="text-meta text-muted">
        {running ? <Trans>Looking for a code …</Trans> : null}
      </p>
      <Button variant="secondary" onClick={onClose}>
        <Trans>Turn off the camera</Trans>
      </Button>
    </div>
  )
}

function ProblemBanner({ problem }: { readonly problem: Problem }) {
  const { t } = useLingui()
  const title = {
    noCamera: t`No camera found`,
    notAllowed: t`The camera is not allowed`,
    failed: t`The camera did not start`,
  }
  return (
    <Banner tone="warning" title={title[problem]} className="w-full max-w-sm">
      {problem === 'notAllowed' ? (
        <Trans>Allow it for this page in the browser’s settings, or compare the digits instead.</Trans>
      ) : (
        <Trans>Compare the digits instead: by eye, or under “Type”.</Trans>
      )}
    </Banner>
  )
}

/**
 * The part of the camera's picture that is shown. qr-scanner would look at the middle two thirds of it alone, in which a code that is held
 * into the frame does not fit.
 */
function shownSquare({ videoWidth, videoHeight }: HTMLVideoElement): QrScanner.ScanRegion {
  const side = Math.min(videoWidth, videoHeight)
  const scaled = Math.min(side, MAX_SIDE)
  return {
    x: Math.round((videoWidth - side) / 2),
    y: Math.round((videoHeight - side) / 2),
    width: side,
    height: side,
    downScaledWidth: scaled,
    downScaledHeight: scaled,
  }
}

/** qr-scanner answers every refusal with the same text; asking first tells them apart. */
async function access(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  for (const track of stream.getTracks()) track.stop()
}

function problemOf(error: unknown): Problem {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'noCamera'
  return name === 'NotAllowedError' || name === 'SecurityError' ? 'notAllowed' : 'failed'
}
