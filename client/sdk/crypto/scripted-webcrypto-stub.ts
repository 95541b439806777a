/**
 * Stands in for the library's `msrcrypto` in a bundle: a WebCrypto in JavaScript (270 KB) for runtimes without one, of
 * which this project supports none.
 */
export default undefined
