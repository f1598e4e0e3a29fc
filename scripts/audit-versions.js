// `npm run audit:versions`: compares src/model/versions/table.ts with package indexes of Alpine and lists of releases that
// somebody gives; see docs/versions.md. Usage: npm run audit:versions -- --index [RELEASE=]FILE... --releases FILE...
import { audit } from "./audit/audit.js";

// npm runs this in the package's folder, whatever folder the user stands in.
const { code, lines, error } = await audit(process.argv.slice(2), process.env.INIT_CWD ?? "");
for (const line of lines) console.log(line);
if (error !== undefined) console.error(`Error: ${error}`);
process.exitCode = code;
