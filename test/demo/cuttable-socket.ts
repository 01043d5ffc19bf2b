import { WebSocket } from 'ws';

/** A WebSocket class whose connections can be cut as a network cuts them: at once, without a closing handshake. */
export function cuttableSockets() {
  const open = new Set<WebSocket>();
  let made = 0;
  class CuttableSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      made += 1;
      open.add(this);
      this.on('close', () => open.delete(this));
    }
  }
  return {
    WebSocket: CuttableSocket,
    /** How many connections there have been. */
    made: () => made,
    /** Cuts every open connection; the answer is how many there were. */
    cut(): number {
      const count = open.size;
      for (const socket of open) socket.terminate();
      return count;
    },
  };
}
