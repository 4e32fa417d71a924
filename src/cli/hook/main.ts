import { join } from "node:path";
import { runHook } from "./runHook.ts";

// dist/hook.cjs, laid as COUNTERSIGN_HOME/bin/hook.cjs: hook.cjs AGENT SECONDS
const [agent = "", seconds = ""] = process.argv.slice(2);

/** hook.sh makes a 0 of it: no other program that might be started in this one's place, and ends well, is a yes. */
const YES = 10;
runHook(join(__dirname, "..", "run"), agent, seconds, YES);
