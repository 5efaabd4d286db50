/** What a stage is, and what it works with. */

import type { FreebsdOperations } from "../ffi/freebsd/operations.ts";
import type { Sys } from "../ffi/sys.ts";
import type { Feature } from "./features.ts";
import type { Environment } from "./formats/environment.ts";
import type { GuestConfig } from "./formats/guest_config.ts";
import type { Handover } from "./formats/handover_record.ts";
import type { InterfaceConfig } from "./formats/lease.ts";
import type { Platform } from "./platform.ts";

/** What a failure means: the end of the boot, or a line in the log. */
export type Policy = "fatal" | "warn";

/**
 * When a stage runs, as data, so that a plan can say why it does not. All
 * that are given must hold.
 */
export interface Gates {
  /** One of these platforms. */
  readonly platforms?: readonly Platform[];
  /** One of these features, built in. */
  readonly features?: readonly Feature[];
  /** This variable set in the kernel's environment, or one of the features. */
  readonly variable?: string;
  /** This variable not set in the kernel's environment. */
  readonly unset?: string;
}

/** One step of the boot. */
export interface Stage {
  readonly name: string;
  /** What it does, in a line. */
  readonly summary: string;
  readonly gates: Gates;
  /** What a failure of the stage means; rows of its table may be milder. */
  readonly policy: Policy;
  run(context: BootContext): void;
}

/** A stage for FreeBSD alone: its Sys has that system's own operations too. */
export interface FreebsdStage extends Stage {
  readonly gates: Gates & { readonly platforms: readonly ["freebsd"] };
  run(context: FreebsdContext): void;
}

/** What a boot begins with. */
export interface BootFacts {
  readonly platform: Platform;
  readonly features: readonly Feature[];
  /** The kernel's argv; the first names the init itself. */
  readonly args: readonly string[];
  /** Descriptor of the root that the kernel gave. */
  readonly root: number;
}

/** Name servers, and the domains of short names (resolv.conf(5)). */
export type Resolver = Pick<InterfaceConfig, "nameServers" | "search">;

/** What the stages of one boot share. */
export interface BootContext extends Omit<BootFacts, "args"> {
  readonly sys: Sys;
  /** The kernel's argv; the first names the init itself. */
  args: readonly string[];
  /** The kernel's environment, which becomes the workload's. */
  readonly environment: Environment;
  /** True where there is a config file; undefined before anyone has looked. */
  hasConfig?: boolean;
  /** What it says; empty until it has been read. */
  config: GuestConfig;
  /** What the kernel's `ip=` calls the guest. */
  ipHostName?: string | undefined;
  /** Where names are looked up, once the network has told. */
  resolver?: Resolver;
  /** What the supervisor will be told; filled in by the stages. */
  readonly handover: Handover;
  /** Says what came of the outside world; seen in the trace only. */
  info(message: string): void;
  /**
   * Says what went wrong without ending the boot: an error, or a text, and
   * behind it what follows from it.
   */
  warn(problem: unknown, consequence?: string): void;
}

/** What the stages of a FreeBSD boot share. */
export interface FreebsdContext extends BootContext {
  readonly sys: Sys & FreebsdOperations;
}
