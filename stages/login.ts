import type { FreebsdStage } from "./stage.ts";

/** Names the session's user, which FreeBSD's programs ask for by getlogin(2). */
export const login: FreebsdStage = {
  name: "login",
  summary: "Name the session's user root",
  gates: { platforms: ["freebsd"] },
  policy: "warn",
  run({ sys }) {
    sys.setlogin("root");
  },
};
