// Load each schema named on the command line into ajv, in its strictest mode, and judge the payloads on standard input.
// Reads {"<schema file>": [payload, ...]} and writes {"<schema file>": [true or false, ...]}.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";

const payloads = JSON.parse(readFileSync(0, "utf8"));
const verdicts = {};
for (const [file, events] of Object.entries(payloads)) {
  const ajv = new Ajv2020.default({ strict: true, allErrors: false });
  const validate = ajv.compile(JSON.parse(readFileSync(file, "utf8")));
  verdicts[file] = events.map((event) => validate(event));
}
process.stdout.write(JSON.stringify(verdicts));
