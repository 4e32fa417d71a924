import { join } from "node:path";
import { runHook } from "./runHook.ts";

// dist/hook.cjs, laid as COUNTERSIGN_HOME/bin/hook.cjs: hook.cjs AGENT SECONDS
const [agent = "", seconds = ""] = process.argv.slice(2);
runHook(join(__dirname, "..", "run"), agent, seconds);
