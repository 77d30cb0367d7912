// Real pipes between the launcher and a bottle.
//
//   INV-72  No open file of the operator's enters a bottle: a process may reopen what it holds
//           through /proc/self/fd, with rights the descriptor never had. Bytes are relayed.

export { openPipe as openHostPipe, type Pipe as HostPipe } from "./forwarder/pipe.ts"
