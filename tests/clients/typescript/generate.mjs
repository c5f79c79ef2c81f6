// Generates both TypeScript clients from the exported document.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";

const DOCUMENT = "../../../schemas/openapi.json";
const run = (program, ...args) => execFileSync(`node_modules/.bin/${program}`, args, { stdio: "inherit" });

rmSync("src/generated", { recursive: true, force: true });
mkdirSync("src/generated", { recursive: true });
// A field with a default may be left out of a request.
run("openapi-typescript", DOCUMENT, "--default-non-nullable", "false", "--output", "src/generated/openapi.d.ts");
run("redocly", "generate-client", DOCUMENT, "--args-style", "grouped", "--output", "src/generated/redocly.ts");
