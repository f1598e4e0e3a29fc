// `npm run audit:addons`: checks the catalogue of add-ons by upstream's real manifests in a folder, named as `addons fetch`
// names them; see docs/addons/catalogue.md. Usage: npm run audit:addons -- --dir FOLDER [--catalogue FOLDER] [--schemas FOLDER]
import { auditAddons } from "../dist/addons/audit/audit.js";

// npm runs this in the package's folder, whatever folder the user stands in.
const { code, lines, error } = await auditAddons(process.argv.slice(2), process.env.INIT_CWD ?? "");
for (const line of lines) console.log(line);
if (error !== undefined) console.error(`Error: ${error}`);
process.exitCode = code;
