/** Comes without types: imported for what it does (see `decoder-worker.ts`). */
declare module 'qr-scanner/qr-scanner-worker.min.js'
