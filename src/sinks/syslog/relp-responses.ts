import type { Socket } from 'node:net';

const responseBytesMax = 131_072;
/** Kept of one answer, and answers nobody has waited for yet: a receiver may send what it likes. */
const answerLengthMax = 500;
const answersMax = 1024;
/** `TXNR SP COMMAND SP DATALEN`, up to the data or the end of the frame. */
const frameHead =
  /^(?<transaction>\d{1,9}) (?<command>[a-z]{1,32}) (?<length>\d{1,9})(?<end>[ \n])/;

/** Reads a RELP receiver's frames; each transaction's answer can be waited for once. */
export class RelpResponses {
  readonly #answers = new Map<number, string>();
  readonly #waiting = new Map<number, (answer: string) => void>();
  readonly #failed: AbortSignal;
  readonly #socket: Socket;
  #unread: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, failed: AbortSignal) {
    this.#socket = socket;
    this.#failed = failed;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    // Without it the connection would hang half open until the timeout.
    socket.on('end', () => socket.destroy(new Error('the receiver ended the RELP session')));
  }

  /** The answer's text, `200 OK` when it was taken. */
  async to(transaction: number): Promise<string> {
    const known = this.#answers.get(transaction);
    if (known !== undefined) {
      this.#answers.delete(transaction);
      return known;
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const fail = () => reject(this.#failed.reason);
    this.#failed.throwIfAborted();
    this.#failed.addEventListener('abort', fail, { once: true });
    this.#waiting.set(transaction, resolve);
    try {
      return await promise;
    } finally {
      this.#failed.removeEventListener('abort', fail);
      this.#waiting.delete(transaction);
    }
  }

  #take(bytes: Buffer): void {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    for (let size = this.#takeFrame(); size > 0; size = this.#takeFrame()) {
      this.#unread = this.#unread.subarray(size);
    }
    if (this.#unread.length > responseBytesMax) this.#giveUp('an answer that does not end');
  }

  /** Returns how many bytes the first frame had; 0 when it is not there as a whole. */
  #takeFrame(): number {
    const text = this.#unread.toString('latin1', 0, 64);
    const head = frameHead.exec(text)?.groups;
    if (head === undefined) {
      if (text.length >= 64 || /[^0-9a-z \n]/.test(text)) this.#giveUp('what is no RELP frame');
      return 0;
    }
    const { transaction = '', command, length = '', end } = head;
    const dataAt = transaction.length + (command?.length ?? 0) + length.length + 2;
    const isEmpty = end === '\n';
    const size = isEmpty ? dataAt + 1 : dataAt + 1 + Number(length) + 1;
    if (Number(length) > responseBytesMax) this.#giveUp('an answer that is too long');
    if (this.#unread.length < size) return 0;
    const data = isEmpty ? '' : this.#unread.toString('utf8', dataAt + 1, size - 1);
    if (command === 'rsp') this.#answer(Number(transaction), data);
    if (command === 'serverclose') this.#giveUp('that it closes');
    return size;
  }

  #answer(transaction: number, data: string): void {
    const answer = data.slice(0, answerLengthMax);
    const waiting = this.#waiting.get(transaction);
    if (waiting !== undefined) waiting(answer);
    else if (this.#answers.size < answersMax) this.#answers.set(transaction, answer);
  }

  #giveUp(what: string): void {
    this.#socket.destroy(new Error(`the receiver sent ${what}`));
  }
}
