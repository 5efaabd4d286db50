/** The exchange with a DHCP server (RFC 2131 section 3.1, RFC 4039). */

import type { Sys } from "../ffi/sys.ts";
import {
  type Client,
  decodeReply,
  encodeDiscover,
  encodeRequest,
  largestReply,
  type Reply,
} from "./formats/dhcp.ts";
import { formatIpv4 } from "./formats/ipv4.ts";
import { type Lease, readLease } from "./formats/lease.ts";
import {
  decodeDatagram,
  encodeBroadcast,
  largestHeaders,
} from "./formats/udp_frame.ts";

/** What a client asks with. */
export interface LeaseRequest {
  /** An Ethernet interface that is up. */
  readonly device: string;
  /** The name to be known by; undefined for none. */
  readonly hostName: string | undefined;
  /** How long to wait for a server's first word, in ms. */
  readonly patience: number;
}

/** Long enough for a slow server, too short for a guest without one to feel. */
export const usualPatience = 300;

/**
 * A server that has offered is there: it may take its time to write down what
 * it grants. In ms, for all that follows the first offer.
 */
const offerPatience = 1000;

/**
 * When the first packet is sent again, in ms; each wait is twice the one
 * before. A server on the same machine takes a ms or two, and the first packet
 * or its answer is easily lost: on a link that has just come up at one end the
 * other may not send yet. RFC 2131 begins with 4 s, for servers far away.
 */
const firstWait = 10;
/** So that a server that comes up late is not missed by much. */
const longestWait = 1000;

/** The client's and the server's (RFC 2131 section 4.1). */
const ports = { source: 68, destination: 67 };

/** A byte more, to notice what is too long. */
const frameSize = largestHeaders + largestReply + 1;

/**
 * Gets a lease.
 *
 * @throws Error that says what came instead: no answer, no confirmation
 * @throws SysError when the socket can't be had or used
 */
export function obtainLease(sys: Sys, request: LeaseRequest): Lease {
  const client: Client = {
    transaction: new DataView(sys.random(4).buffer).getUint32(0),
    hardwareAddress: sys.hardwareAddress(request.device),
    hostName: request.hostName,
  };
  // Whole frames, as to a UDP socket a reply to the address that it brings
  // does not come, and socket interception may take such a socket over.
  const socket = sys.openPacket(request.device);
  // It stays open until PID 1 is another program: closing such a socket waits
  // for every processor (synchronize_net), which takes some 10 ms.
  return readLease(new Exchange(sys, socket, client, request.patience).run());
}

class Exchange {
  readonly #sys: Sys;
  readonly #socket: number;
  readonly #patience: number;
  #client: Client;
  /** When to give up, in ms of the clock. */
  #deadline = 0;
  /** The latest deadline that offers can lead to; undefined before the first. */
  #lastDeadline: number | undefined;
  /** What we have asked for; undefined while we look for a server. */
  #offer: Reply | undefined;
  #refused = false;
  /** How it stands, should it end now. */
  #state: string;
  #ignored = 0;
  /** Why the last of the ignored packets was. */
  #reason = "";

  constructor(sys: Sys, socket: number, client: Client, patience: number) {
    this.#sys = sys;
    this.#socket = socket;
    this.#client = client;
    this.#patience = patience;
    this.#state = `no answer in ${patience} ms`;
  }

  /** Asks until a server confirms. */
  run(): Reply {
    let wait = firstWait;
    this.#send();
    this.#deadline = this.#now() + this.#patience;
    for (;;) {
      const until = Math.min(this.#now() + wait, this.#deadline);
      const reply = this.#listen(until);
      if (reply?.type === "ack") return reply;
      // Not by the clock: a recording Sys may have stopped it.
      if (reply === undefined && until === this.#deadline) {
        throw new Error(this.#outcome());
      }
      // An offer begins anew, but not for ever where it is always refused.
      const isNew = reply !== undefined && !this.#refused;
      wait = isNew ? firstWait : Math.min(wait * 2, longestWait);
      this.#send();
    }
  }

  #send(): void {
    const packet = this.#offer === undefined
      ? encodeDiscover(this.#client)
      : encodeRequest(this.#client, this.#offer);
    const { hardwareAddress } = this.#client;
    const frame = encodeBroadcast(hardwareAddress, ports, packet);
    this.#sys.send(this.#socket, frame);
  }

  /** Waits for an offer to ask for, or for the lease itself. */
  #listen(until: number): Reply | undefined {
    for (;;) {
      const rest = until - this.#now();
      if (rest <= 0) return undefined;
      const frame = this.#sys.receive(this.#socket, frameSize, rest);
      if (frame === undefined) return undefined;
      const reply = this.#read(frame);
      if (reply === undefined) continue;
      if (typeof reply === "string") {
        this.#ignored++;
        this.#reason = reply;
      } else if (reply.type === "nak") {
        this.#startOver();
      } else {
        if (reply.type === "offer") this.#take(reply);
        return reply;
      }
    }
  }

  /**
   * A frame's reply, or why it is none to what was asked; undefined where it
   * is not for a DHCP client.
   */
  #read(frame: Uint8Array): Reply | string | undefined {
    const { hardwareAddress } = this.#client;
    const packet = decodeDatagram(frame, hardwareAddress, ports.source);
    if (!(packet instanceof Uint8Array)) return packet;
    const reply = decodeReply(packet, this.#client);
    if (typeof reply === "string") return reply;
    const offer = this.#offer;
    // An ACK to a DISCOVER counts also without the option that RFC 4039 wants
    // in it: upstream takes it.
    if (offer === undefined) return reply.type === "nak" ? "a NAK" : reply;
    if (reply.type === "offer") return "one more offer";
    const isOther = reply.server !== undefined && offer.server !== undefined &&
      reply.server !== offer.server;
    return isOther ? "of another server" : reply;
  }

  #take(offer: Reply): void {
    this.#offer = offer;
    // Only once, or a server that offers and refuses for ever would hold us.
    this.#lastDeadline ??= this.#now() + offerPatience;
    this.#deadline = Math.max(this.#deadline, this.#lastDeadline);
    const address = formatIpv4(offer.address);
    this.#state = `${nameOf(offer)} offered ${address} and did not confirm it`;
  }

  /**
   * After a NAK. What is sent next keeps its time, so that a server that
   * refuses is not flooded; late replies are those of another exchange.
   */
  #startOver(): void {
    const transaction = this.#client.transaction + 1 >>> 0;
    this.#client = { ...this.#client, transaction };
    this.#state = `${nameOf(this.#offer)} refused what it had offered`;
    this.#offer = undefined;
    this.#refused = true;
  }

  #outcome(): string {
    return this.#ignored === 0
      ? this.#state
      : `${this.#state}; packets ignored: ${this.#ignored}, the last: ${this.#reason}`;
  }

  #now(): number {
    return this.#sys.bootTime() / 1e6;
  }
}

function nameOf(reply: Reply | undefined): string {
  const server = reply?.server;
  return server === undefined ? "a server" : formatIpv4(server);
}
