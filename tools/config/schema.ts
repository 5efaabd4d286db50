/**
 * The JSON Schema of the config file, from what its reader knows. As a
 * program it writes the schema to config.schema.json.
 */

import {
  aliases,
  maxId,
  maxUmask,
  mostOomScoreAdj,
  nestings,
  ociAnnotation,
} from "../../stages/formats/config_schema.ts";
import {
  maxTerminalSize,
  stopSignalAnnotation,
} from "../../stages/formats/process_control.ts";
import {
  capabilityNames,
  capabilitySets,
} from "../../stages/formats/capabilities.ts";
import { commonOptions } from "../../stages/formats/mount_options.ts";
import { linuxNames } from "../../stages/formats/rlimits.ts";
import {
  ioClasses,
  lastIoLevel,
  schedulerFlags,
  schedulerNumbers,
  schedulerPolicies,
} from "../../stages/formats/scheduling.ts";
import { standardSignals } from "../../stages/formats/signal_names.ts";
import { shareTypes, volumeTypes } from "../../stages/formats/volume_kinds.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The file beside this one that has the schema. */
export const schemaPath: string =
  new URL("config.schema.json", import.meta.url).pathname;

const text: Schema = {
  type: "string",
  description: "Unicode without NUL",
  // Other halves of surrogate pairs are what JSON has for no character.
  pattern: "^[^\\u0000\\ud800-\\udfff]*$",
};

/** The reader takes null for not there. */
function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

function number(description: string, min: number, max?: number): Schema {
  const bounds = { minimum: min, ...(max !== undefined && { maximum: max }) };
  return { description, type: "integer", ...bounds };
}

function list(description: string, items: Schema): Schema {
  return orNull({ description, type: "array", items });
}

function object(
  description: string,
  properties: Schema,
  required: readonly string[] = [],
): Schema {
  return orNull({
    ...{ description, type: "object", properties },
    ...(required.length > 0 && { required }),
  });
}

/** A field under every name that it has. */
function named(names: readonly string[], schema: Schema): Schema {
  return Object.fromEntries(names.map((name) => [name, schema]));
}

const strings: Schema = { $ref: "#/$defs/strings" };
const directory = {
  ...orNull(text),
  description: "The working directory; empty is as if it were not there",
};

const side = orNull(number("In characters", 0, maxTerminalSize));
const consoleSize = object("Where it has a terminal of its own", {
  height: side,
  width: side,
});

/** What a signal is called (stages/formats/signal_names.ts). */
const signalPatterns = [
  "",
  "0?[1-9]|[1-5][0-9]|6[0-4]",
  `(SIG)?(${standardSignals().join("|")})`,
  "(SIG)?RT(MIN(\\+([012]?[0-9]|30))?|MAX(-([012]?[0-9]|30))?)",
];

const stopSignal: Schema = {
  description: "What a request to stop sends; SIGTERM where there is none",
  anyOf: [
    { type: "integer", minimum: 1, maximum: 64 },
    { type: "null" },
    { type: "string", pattern: `^(${signalPatterns.join("|")})$` },
  ],
};

const limit: Schema = {
  type: "object",
  description: "A limit; soft is not above hard, -1 is no limit",
  properties: {
    type: { enum: linuxNames.map((name) => `RLIMIT_${name}`) },
    soft: number("The limit that holds", -1),
    hard: number("How far the soft limit may be raised", -1),
  },
  required: ["type", "soft", "hard"],
};

const user = object("Who the workload is", {
  username: {
    ...orNull(text),
    description: "By the guest's /etc/passwd, where neither uid nor gid is",
  },
  uid: orNull(number("The user; 0 where it is not there", 0, maxId)),
  gid: orNull(number("The group; 0 where it is not there", 0, maxId)),
  umask: orNull(number("The file mode creation mask", 0, maxUmask)),
  additionalGids: list(
    "Supplementary groups",
    number("A group", 0, maxId),
  ),
});

const process = object(
  "The command and its surroundings (OCI runtime specification)",
  {
    args: strings,
    env: strings,
    cwd: directory,
    user,
    terminal: {
      ...orNull({ type: "boolean" }),
      description: "A terminal instead of three streams",
    },
    consoleSize,
    rlimits: list("Resource limits; KRUN_RLIMITS wins over them", limit),
    noNewPrivileges: {
      ...orNull({ type: "boolean" }),
      description: "Counts on request",
    },
    capabilities: object(
      "Counts on request; what is not there is empty",
      named(
        capabilitySets,
        list("A set", {
          enum: capabilityNames.map((name) => `CAP_${name}`),
        }),
      ),
    ),
    oomScoreAdj: orNull(
      number("Counts on request", -mostOomScoreAdj, mostOomScoreAdj),
    ),
    ioPriority: object("Counts on request (ioprio_set(2))", {
      class: { enum: ioClasses.filter((name) => name !== "") },
      priority: orNull(number("Its level", 0, lastIoLevel)),
    }, ["class"]),
    scheduler: object("Counts on request (sched_setattr(2))", {
      policy: { enum: schedulerPolicies },
      flags: list("What else it is to do", { enum: schedulerFlags }),
      ...Object.fromEntries(
        Object.entries(schedulerNumbers).map(([name, [min, max]]) => [
          name,
          orNull(number("Of the policy; times are in ns", min, max)),
        ]),
      ),
    }, ["policy"]),
  },
);

/** Any text; those that mean something are there for who writes a config. */
function textSuchAs(words: readonly string[]): Schema {
  return { anyOf: [{ enum: words }, text] };
}

const mount: Schema = {
  type: "object",
  description:
    "Mounted where it can only be meant for the guest: a tmpfs or a volume; else passed over",
  properties: {
    destination: { ...text, description: "Where, an absolute path" },
    type: {
      ...orNull(textSuchAs(["tmpfs", ...volumeTypes])),
      description: `A volume's are ${volumeTypes.join(", ")}`,
    },
    source: {
      ...orNull(text),
      description: `The tag of a share (${
        shareTypes.join(", ")
      }); of a disk /dev/…, LABEL=…, UUID=… or PARTLABEL=…; of a bind, which counts on request, a path of the guest's; tmpfs of a tmpfs`,
    },
    options: list(
      "Those of mount(8) and of the file system; a volume that can't be mounted ends the boot, unless it says nofail",
      textSuchAs(commonOptions()),
    ),
  },
  required: ["destination"],
};

/** One object, at the top or nested in it. */
const settings: Schema = {
  type: "object",
  properties: {
    process,
    ...named(aliases.entrypoint, strings),
    ...named(aliases.args, strings),
    ...named(aliases.env, strings),
    ...named(aliases.cwd, directory),
    StopSignal: stopSignal,
    User: {
      ...orNull(text),
      description:
        "The user of an image, by name or number: USER[:GROUP]; root where it is empty",
    },
    uid: orNull(number("The user, where there is no process.user", 0, maxId)),
    gid: orNull(number("The group, where there is no process.user", 0, maxId)),
    hostname: { ...orNull(text), description: "HOSTNAME wins over it" },
    mounts: list("File systems", mount),
    root: object("The root file system", {
      readonly: {
        ...orNull({ type: "boolean" }),
        description: "Counts on request",
      },
    }),
    linux: object("What counts on request", {
      sysctl: orNull({
        description: "Parameters of the kernel's, such as net.ipv4.ip_forward",
        type: "object",
        propertyNames: {
          pattern:
            "^[^\\u0000\\ud800-\\udfff./]+([./][^\\u0000\\ud800-\\udfff./]+)*$",
        },
        additionalProperties: orNull(text),
      }),
      maskedPaths: strings,
      readonlyPaths: strings,
    }),
    annotations: object("Of them, two are the init's", {
      [stopSignalAnnotation]: stopSignal,
      [ociAnnotation]: {
        description:
          "1 asks for what counts on request; with 0, user, limits and host name do not count either",
        enum: ["0", "1", null],
      },
    }),
  },
};

/** Where the top has any of these, what is nested in it is not read. */
const topNames: readonly string[] = [
  ...["process", "mounts"],
  ...Object.values(aliases).flat(),
];

/** Makes the schema. */
export function configSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "krun-init's config file, /.krun_config.json",
    description:
      "What the init reads without a complaint; other fields than these are passed over in silence. Some fields count only on request: by KRUN_INIT_OCI=1 in the environment or by the annotation krun-init.oci.",
    if: { type: "array" },
    then: {
      description: "What docker inspect prints",
      type: "array",
      minItems: 1,
      maxItems: 1,
      items: {
        type: "object",
        properties: {
          Id: { type: "string" },
          Config: { $ref: "#/$defs/settings" },
        },
        required: ["Id", "Config"],
      },
    },
    else: { $ref: "#/$defs/file" },
    $defs: {
      strings: list("Texts", text),
      settings,
      file: {
        $ref: "#/$defs/settings",
        if: { not: { anyOf: topNames.map((name) => ({ required: [name] })) } },
        then: {
          properties: named(nestings, {
            if: { type: "object" },
            then: { $ref: "#/$defs/settings" },
          }),
        },
      },
    },
  };
}

if (import.meta.main) {
  if (Deno.args.length > 0) throw new Error("It takes no arguments");
  const text = JSON.stringify(configSchema(), null, 2);
  await Deno.writeTextFile(schemaPath, `${text}\n`);
}
