/** Where the socket is opened; see SPEC, "Socket". Apart from the routes: clients load of those what they use. */
export const SOCKET_PATH = '/v1/socket'
